import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as z from 'zod';
import { buildOnce, cacheDirectory } from '../test/servers/cache.ts';
import { withApt } from './apt.ts';
import { type Architecture, architectures } from './architectures.ts';
import { run } from './run.ts';

/** What Node links with, what names the distribution, and the licences that the copyright of the libraries refers to. */
const wanted = ['base-files', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'] as const;

const Deb = z.strictObject({ name: z.string(), version: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
/** A package of Debian, pinned. */
export type Deb = z.infer<typeof Deb>;
const Lock = z.strictObject({ amd64: z.array(Deb).readonly(), arm64: z.array(Deb).readonly() });
/** The pinned packages of each architecture. */
export type Lock = z.infer<typeof Lock>;

const lockFile = `${import.meta.dirname}/debs.lock.json`;

export const readLock = async (): Promise<Lock> => Lock.parse(JSON.parse(await readFile(lockFile, 'utf8')));

/** Pins the packages that Debian has today. */
export async function renewLock(): Promise<void> {
  const [amd64 = [], arm64 = []] = await Promise.all(architectures.map(newest));
  await writeFile(lockFile, `${JSON.stringify({ amd64, arm64 } satisfies Lock, undefined, 2)}\n`);
}

/** A folder with the packages of the lock, downloaded once, and never with others. */
export async function fetchDebs(architecture: Architecture, debs: readonly Deb[]): Promise<string> {
  const target = `${cacheDirectory()}/debs-${architecture}-${sha256(JSON.stringify(debs)).slice(0, 16)}`;
  const fetch = async (into: string) => {
    const pins = debs.map(({ name, version }) => `${name}=${version}`);
    const found = await download(architecture, pins, into).catch(withHint);
    const differing = debs.filter(deb => !found.some(one => one.sha256 === deb.sha256)).map(({ name }) => name);
    if (differing.length > 0) withHint(new Error(`not the sha256 of image/debs.lock.json: ${differing.join(', ')}`));
  };
  await buildOnce(target, fetch, () => undefined);
  return target;
}

function withHint(problem: unknown): never {
  throw new Error(
    `${problem instanceof Error ? problem.message : problem}
The image is made of Debian 12 (bookworm), by the package sources of this machine. Debian drops a version once there is a
newer one: \`make image-lock\` pins what it has today.`,
  );
}

async function newest(architecture: Architecture): Promise<readonly Deb[]> {
  const folder = await mkdtemp(`${tmpdir()}/shearline-debs-`);
  return download(architecture, wanted, folder).finally(() => rm(folder, { recursive: true }));
}

async function download(
  architecture: Architecture,
  packages: readonly string[],
  into: string,
): Promise<readonly Deb[]> {
  await withApt(architecture, apt => apt.download(packages, into));
  const files = (await readdir(into)).filter(name => name.endsWith('.deb')).sort();
  return Promise.all(files.map(file => identify(`${into}/${file}`)));
}

async function identify(file: string): Promise<Deb> {
  const [name = '', version = ''] = (await run('dpkg-deb', ['--show', file])).trim().split('\t');
  return { name, version, sha256: sha256(await readFile(file)) };
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
