import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, readdir, stat } from 'node:fs/promises';
import { buildOnce } from '../test/servers/cache.ts';
import { run } from './run.ts';

/** A compressed layer in a file. */
export interface Layer {
  readonly file: string;
  readonly digest: string;
  readonly size: number;
  /** The digest before it was compressed. */
  readonly diffId: string;
}

/** From this on compressing takes seconds, so what it gave is kept in the cache: in practice the layer of Node. */
const largeBytes = 16 * 1024 * 1024;

/** Packs a folder, beside it, so that equal files give equal bytes. */
export async function packLayer(folder: string, cache: string): Promise<Layer> {
  const tar = `${folder}.tar`;
  await run('tar', [...reproducible, `--file=${tar}`, `--directory=${folder}`, ...(await readdir(folder)).sort()]);
  const diffId = await digestOf(tar);
  const large = (await stat(tar)).size > largeBytes;
  const file = large
    ? await compressOnce(tar, `${cache}/layer-${diffId.slice('sha256:'.length)}`)
    : await compress(tar);
  return { file, diffId, digest: await digestOf(file), size: (await stat(file)).size };
}

async function compressOnce(tar: string, kept: string): Promise<string> {
  const file = `${kept}/layer.tar.gz`;
  const keep = async (into: string) => copyFile(await compress(tar), `${into}/layer.tar.gz`);
  await buildOnce(kept, keep, () => undefined);
  return file;
}

/** By gzip rather than by Node, whose bytes depend on the processor. */
async function compress(tar: string): Promise<string> {
  await run('gzip', ['--no-name', '--force', tar]);
  return `${tar}.gz`;
}

const reproducible = [
  ...['--create', '--format=ustar', '--sort=name', '--mtime=@0'],
  ...['--owner=0', '--group=0', '--numeric-owner'],
] as const;

/** As OCI writes it: `sha256:` and 64 hexadecimal digits. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
