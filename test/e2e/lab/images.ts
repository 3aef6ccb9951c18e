import { chmod, copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type Layer, packLayer } from '../../../image/layer.ts';
import { writeLayout } from '../../../image/oci.ts';
import { run } from '../../../image/run.ts';
import { cacheDirectory } from '../../servers/cache.ts';

/** Of images that only tests use. There is no such host, so that nothing can be pulled by mistake. */
export const registry = 'e2e.invalid';
const tag = '1';
/** The operator's, under the version as tag. */
export const operatorRepository = `${registry}/shearline`;

/** What an image is made of: files in a folder, and how it runs. */
export interface Recipe {
  readonly name: string;
  readonly config: object;
  /** Of layers below the files, the lowest first; default: none. */
  readonly below?: () => Promise<readonly Layer[]>;
  fill(folder: string): Promise<void>;
}

export const imageOf = ({ name }: Pick<Recipe, 'name'>): string => `${registry}/${name}:${tag}`;

/** A shell and small tools, which the operator's image does not have. As `pause` it holds the namespaces of a pod. */
export const busybox = {
  name: 'busybox',
  config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
  fill: async folder => {
    for (const directory of ['bin', 'etc', 'tmp']) await mkdir(`${folder}/${directory}`);
    await chmod(`${folder}/tmp`, 0o1777);
    await copyFile('/bin/busybox', `${folder}/bin/busybox`);
    const applets = (await run('/bin/busybox', ['--list'])).trim().split('\n');
    for (const applet of applets.filter(one => one !== 'busybox')) await symlink('busybox', `${folder}/bin/${applet}`);
  },
} as const satisfies Recipe;

export const pause = {
  ...busybox,
  name: 'pause',
  config: { Entrypoint: ['/bin/busybox', 'sleep', 'infinity'] },
} as const;

/** Writes the image as an OCI layout into a folder that is there only while it is used. */
export async function withImage(
  recipe: Recipe,
  use: (layout: string, repository: string) => Promise<void>,
): Promise<void> {
  const work = await mkdtemp(`${tmpdir()}/shearline-e2e-image-`);
  try {
    await mkdir(`${work}/files`);
    await recipe.fill(`${work}/files`);
    const below = (await recipe.below?.()) ?? [];
    const layers = [...below, await packLayer(`${work}/files`, cacheDirectory())];
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    await writeLayout(`${work}/layout`, tag, [{ architecture, layers, config: recipe.config }]);
    await use(`${work}/layout`, `${registry}/${recipe.name}`);
  } finally {
    await rm(work, { recursive: true });
  }
}
