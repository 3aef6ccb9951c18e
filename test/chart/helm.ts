import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const chart = `${root}charts/shearline`;
export const crdChart = `${root}charts/shearline-crds`;

export const majors = ['Helm 4', 'Helm 3'] as const;
export type Major = (typeof majors)[number];

const programs = installParts([parts.kubectl, parts.helm3]).then(({ helm, helm3 }) => ({
  'Helm 4': helm,
  'Helm 3': helm3,
}));

export interface HelmOptions {
  readonly major?: Major;
  readonly input?: string;
  /** Without one it talks to no cluster. */
  readonly kubeconfig?: string;
}

/** What a run of Helm said: its standard output, or its complaint. */
export type Said = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly complaint: string };

/** Nothing of the caller's Helm or kubectl reaches it. */
export async function helm(args: readonly string[], options: HelmOptions = {}): Promise<Said> {
  const { major = 'Helm 4', input = '', kubeconfig } = options;
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    HELM_CACHE_HOME: '/tmp',
    HELM_CONFIG_HOME: '/nonexistent',
  };
  const more = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig];
  const child = spawn((await programs)[major], [...args, ...more], { env, cwd: root });
  child.stdin.end(input);
  const [out, err, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject)),
  ]);
  return code === 0 ? { ok: true, text: out } : { ok: false, complaint: err };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
