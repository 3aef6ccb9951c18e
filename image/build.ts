import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { version } from '../src/version.ts';
import { cacheDirectory } from '../test/servers/cache.ts';
import { type Architecture, architectures } from './architectures.ts';
import { packLayer } from './layer.ts';
import { type Image, writeLayout } from './oci.ts';
import { program, sbomPath } from './program.ts';
import { stage } from './stage.ts';

/** What a build made. */
export interface Built {
  /** Of the index over both architectures. */
  readonly digest: string;
  readonly images: readonly Image[];
}

/**
 * Writes the image as an OCI layout to `out`/image, and each architecture's bill of materials beside it. What was there is
 * replaced at the end.
 */
export async function buildImage(out: string, cache = cacheDirectory()): Promise<Built> {
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(`${out}/image-`);
  try {
    const images: Image[] = [];
    for (const architecture of architectures) images.push(await buildOne(architecture, work, cache));
    const digest = await writeLayout(`${work}/layout`, version, images);
    for (const { architecture } of images)
      await copyFile(`${work}/${architecture}/app${sbomPath}`, `${out}/shearline-${version}-${architecture}.spdx.json`);
    await rm(`${out}/image`, { recursive: true, force: true });
    await rename(`${work}/layout`, `${out}/image`);
    return { digest, images };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function buildOne(architecture: Architecture, work: string, cache: string): Promise<Image> {
  const folders = await stage(architecture, `${work}/${architecture}`);
  const layers = await Promise.all([folders.base, folders.node, folders.app].map(folder => packLayer(folder, cache)));
  return { architecture, layers, config: program };
}

function describe({ architecture, layers }: Image): string {
  const [base = 0, node = 0, app = 0] = layers.map(({ size }) => size / 1e6);
  const parts = `libraries ${base.toFixed(1)}, Node ${node.toFixed(1)}, operator ${app.toFixed(1)}`;
  return `  ${architecture}: ${(base + node + app).toFixed(1)} MB compressed (${parts})`;
}

if (import.meta.main) {
  const start = performance.now();
  const { digest, images } = await buildImage(`${dirname(import.meta.dirname)}/out`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const lines = [
    `out/image: shearline ${version} as OCI layout, after ${seconds} s`,
    `  ${digest}`,
    ...images.map(describe),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
