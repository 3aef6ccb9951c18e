import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { buildImage } from '../../../image/build.ts';
import { share } from '../../servers/shared.ts';
import { importImage } from './containerd.ts';
import { operatorRepository } from './images.ts';
import { up } from './lab.ts';

declare global {
  /** What the teardown takes away. */
  var takeLabDown: (() => Promise<void>) | undefined;
}

/** One cluster for all files of the run, whose node has the operator's image as `make image` builds it. */
// biome-ignore lint/style/noDefaultExport: Jest asks for it
export default async function setup(): Promise<void> {
  const { controlPlane, down } = await up(line => void process.stderr.write(`${line}\n`));
  globalThis.takeLabDown = down;
  const directory = await mkdtemp(`${tmpdir()}/shearline-e2e-image-`);
  try {
    await buildImage(directory);
    await importImage(`${directory}/image`, operatorRepository);
    await share(controlPlane);
  } catch (problem) {
    await down();
    throw problem;
  } finally {
    await rm(directory, { recursive: true });
  }
}
