/** What only some functions need, each by the word that a template must have to call one of them. */
const loaders = {
  matches: () => import('../../sandbox/re2.ts'),
  htpasswd: () => import('bcryptjs'),
  yaml: () => import('./yaml.ts'),
  toml: () => import('smol-toml'),
} as const;

export type Library = keyof typeof loaders;
type Loaded = { [L in Library]?: Awaited<ReturnType<(typeof loaders)[L]>> };

const loaded: Loaded = {};

/** Before a template is computed: what it may need, as its text has the word. */
export async function loadLibraries(texts: readonly string[]): Promise<void> {
  const has = (word: Library): boolean => texts.some(text => text.includes(word));
  if (has('matches')) loaded.matches ??= await loaders.matches();
  if (has('htpasswd')) loaded.htpasswd ??= await loaders.htpasswd();
  if (has('yaml')) loaded.yaml ??= await loaders.yaml();
  if (has('toml')) loaded.toml ??= await loaders.toml();
}

/** Loaded, because the template names it. */
export function library<L extends Library>(name: L): NonNullable<Loaded[L]> {
  const found = loaded[name];
  if (found === undefined) throw new Error(`nobody loaded ${name}`);
  return found;
}
