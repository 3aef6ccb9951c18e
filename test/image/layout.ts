import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { architectures } from '../../image/architectures.ts';
import { run } from '../../image/run.ts';

const Descriptor = z.object({
  digest: z.string(),
  size: z.number(),
  platform: z.object({ architecture: z.string() }).optional(),
});
const Index = z.object({ manifests: z.array(Descriptor) });
const Manifest = z.object({ config: Descriptor, layers: z.array(Descriptor) });
const Config = z.object({
  architecture: z.enum(architectures),
  config: z.looseObject({ User: z.string(), Env: z.array(z.string()), Entrypoint: z.tuple([z.string()], z.string()) }),
});

/** One image of an OCI layout, as whoever reads the layout finds it. */
export interface ReadImage extends z.infer<typeof Config> {
  readonly compressedBytes: number;
  /** Of all layers. */
  entries(): Promise<readonly Entry[]>;
  /** The text of a file of the uppermost layer. */
  file(path: string): Promise<string>;
  unpack(into: string): Promise<void>;
}

export interface Entry {
  /** As `ls -l` shows it. */
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

export async function readLayout(layout: string): Promise<readonly ReadImage[]> {
  const json = async (digest: string) => JSON.parse(await readFile(blob(layout, digest), 'utf8'));
  const top = Index.parse(JSON.parse(await readFile(`${layout}/index.json`, 'utf8')));
  const indexes = await Promise.all(top.manifests.map(async ({ digest }) => Index.parse(await json(digest))));
  const manifests = await Promise.all(
    indexes.flatMap(({ manifests }) => manifests).map(async ({ digest }) => Manifest.parse(await json(digest))),
  );
  return Promise.all(
    manifests.map(async ({ config, layers }) => ({
      ...Config.parse(await json(config.digest)),
      compressedBytes: layers.reduce((sum, { size }) => sum + size, 0),
      ...filesOf(layers.map(({ digest }) => blob(layout, digest))),
    })),
  );
}

const blob = (layout: string, digest: string): string => `${layout}/blobs/${digest.replace(':', '/')}`;

function filesOf(layers: readonly string[]): Pick<ReadImage, 'entries' | 'file' | 'unpack'> {
  const tar = (...args: readonly string[]) => Promise.all(layers.map(layer => run('tar', ['--file', layer, ...args])));
  return {
    entries: async () =>
      (await tar('--list', '--verbose', '--numeric-owner')).flatMap(list => list.trim().split('\n').map(entryOf)),
    file: async path => run('tar', ['--extract', '--to-stdout', '--file', layers.at(-1) ?? '', path.slice(1)]),
    unpack: async into => {
      for (const layer of layers) await run('tar', ['--extract', '--file', layer, '--directory', into]);
    },
  };
}

function entryOf(line: string): Entry {
  const [mode = '', owner = '', , , , ...path] = line.split(/ +/);
  return {
    mode,
    owner,
    path: `/${path
      .join(' ')
      .replace(/ -> .*$/, '')
      .replace(/\/$/, '')}`,
  };
}
