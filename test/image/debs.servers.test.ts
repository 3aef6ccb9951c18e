import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Deb, fetchDebs, readLock } from '../../image/debs.ts';

let cache: string;
let libgcc: Deb;
const before = process.env.XDG_CACHE_HOME;

beforeAll(async () => {
  cache = await mkdtemp(`${tmpdir()}/shearline-debs-`);
  process.env.XDG_CACHE_HOME = cache;
  const found = (await readLock()).arm64.find(({ name }) => name === 'libgcc-s1');
  if (found === undefined) throw new Error('no libgcc-s1 in image/debs.lock.json');
  libgcc = found;
});
afterAll(async () => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  await rm(cache, { recursive: true });
});

test.each([
  ['that Debian does not have any more', { version: '1.0-1' }, /libgcc-s1.* was not found/],
  ['whose contents are not those of the lock', { sha256: '0'.repeat(64) }, /not the sha256 of .*: libgcc-s1/],
])(
  'a version %s is refused with the command that renews the lock, and nothing of it is kept',
  async (_, change, says) => {
    const fetched = fetchDebs('arm64', [{ ...libgcc, ...change }]);
    await expect(fetched).rejects.toThrow(says);
    await expect(fetched).rejects.toThrow(/`make image-lock`/);
    expect(await readdir(`${cache}/shearline`)).toEqual([]);
  },
);
