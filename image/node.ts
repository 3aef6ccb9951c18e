import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { buildOnce, cacheDirectory } from '../test/servers/cache.ts';
import { type Architecture, nodePackages } from './architectures.ts';
import { run } from './run.ts';

const root = dirname(import.meta.dirname);
const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string(), integrity: z.string() }).partial()),
});

/** Node for one architecture, as package-lock.json pins it. */
export interface NodePin {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

export async function nodePin(architecture: Architecture): Promise<NodePin> {
  const name = nodePackages[architecture];
  const { packages } = Lock.parse(JSON.parse(await readFile(`${root}/package-lock.json`, 'utf8')));
  const { version = '', integrity = '' } = packages[`node_modules/${name}`] ?? {};
  return { name, version, integrity };
}

/** The folder of the unpacked npm package: downloaded once, and only with the hash of package-lock.json. */
export async function fetchNode({ name, version, integrity }: NodePin): Promise<string> {
  const target = `${cacheDirectory()}/${name}-${version}`;
  const fetch = async (into: string) => {
    const file = (
      await run('npm', ['pack', '--silent', `${name}@${version}`, '--pack-destination', into], root)
    ).trim();
    const found = `sha512-${createHash('sha512')
      .update(await readFile(`${into}/${file}`))
      .digest('base64')}`;
    if (found !== integrity) throw new Error(`${name}@${version} is not the one whose hash package-lock.json has`);
    await run(
      'tar',
      ['--extract', '--file', file, '--strip-components', '1', 'package/bin/node', 'package/LICENSE'],
      into,
    );
    await run('rm', [file], into);
  };
  await buildOnce(target, fetch, () => undefined);
  return target;
}
