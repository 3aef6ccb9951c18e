import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { type Built, buildImage } from '../../image/build.ts';
import { readLock } from '../../image/debs.ts';
import { nodePin } from '../../image/node.ts';
import { nodePath, program, sbomPath, user } from '../../image/program.ts';
import { run } from '../../image/run.ts';
import { version } from '../../src/version.ts';
import { installParts } from '../servers/install.ts';
import { freePort } from '../servers/ports.ts';
import { startProcess } from '../servers/process.ts';
import { type ReadImage, readLayout } from './layout.ts';

let directory: string;
let built: Built;
let images: readonly ReadImage[];

beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-image-`);
  built = await buildImage(`${directory}/first`);
  images = await readLayout(`${directory}/first/image`);
}, 300_000);
afterAll(() => rm(directory, { recursive: true }));

test('two builds give one digest, and nothing that was compressed before is needed for that', async () => {
  const again = await buildImage(`${directory}/second`, `${directory}/empty-cache`);
  expect(again.digest).toBe(built.digest);
}, 300_000);

test('a registry takes it, and finds every digest and size as it says, for both architectures', async () => {
  const { crane } = await installParts();
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const ready = () =>
    fetch(`http://${address}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
  const args = ['registry', 'serve', '--address', address];
  const registry = await startProcess({ name: 'registry', command: crane, args, directory, ready });
  try {
    const name = `${address}/shearline:${version}`;
    await run(crane, ['push', `${directory}/first/image`, name]);
    expect((await run(crane, ['digest', name])).trim()).toBe(built.digest);
    for (const { architecture, config } of images) {
      const platform = ['--platform', `linux/${architecture}`];
      expect(await run(crane, ['validate', ...platform, '--remote', name])).toMatch('PASS');
      expect(JSON.parse(await run(crane, ['config', ...platform, name])).config).toEqual(config);
    }
  } finally {
    await registry.stop();
  }
});

test('it says how the operator runs, and takes at most 60 MB of the way to a node', () => {
  expect(images.map(({ architecture }) => architecture)).toEqual(['amd64', 'arm64']);
  for (const { config, compressedBytes } of images) {
    expect(config).toEqual(program);
    expect(compressedBytes).toBeLessThan(60e6);
  }
});

test('its only program is Node: no shell, no package manager, nothing to become root by, nothing that others may write', async () => {
  for (const image of images) {
    const entries = await image.entries();
    const programs = entries.filter(({ mode, path }) => /^-.*x/.test(mode) && !/\.so\.\d+$/.test(path));
    expect(programs.map(({ path }) => path)).toEqual([nodePath]);
    expect(entries.filter(({ owner }) => owner !== '0/0')).toEqual([]);
    expect(entries.filter(({ mode }) => /^.{3}s|^.{6}s/.test(mode))).toEqual([]);
    const writable = entries.filter(({ mode }) => !mode.startsWith('l') && mode[8] === 'w');
    expect(writable).toEqual([{ mode: 'drwxrwxrwt', owner: '0/0', path: '/tmp' }]);
  }
});

test('it has the libraries that Node asks for, and no others', async () => {
  for (const image of images) {
    const root = `${directory}/root-${image.architecture}`;
    await run('mkdir', [root]);
    await image.unpack(root);
    const node = await readFile(`${root}${nodePath}`, 'latin1');
    const asked = new Set(node.match(/(?<=\0)(lib|ld-)[a-z0-9_+-]+\.so\.\d+(?=\0)/g));
    const there = (await image.entries()).flatMap(({ path }) => path.match(/[^/]+\.so\.\d+$/) ?? []);
    expect(new Set(there)).toEqual(asked);
  }
});

test('a scanner finds Debian, its packages and the user', async () => {
  for (const { architecture } of images) {
    const root = `${directory}/root-${architecture}`;
    expect(await readFile(`${root}/etc/os-release`, 'utf8')).toMatch(/^ID=debian$/m);
    expect(await readFile(`${root}/var/lib/dpkg/status.d/libc6`, 'utf8')).toMatch(`\nArchitecture: ${architecture}\n`);
    expect(await readFile(`${root}/etc/passwd`, 'utf8')).toMatch(`\nnonroot:x:${user}:`);
  }
});

test('its bill of materials is valid, and lies beside it too', async () => {
  const { spdxPython } = await installParts();
  for (const image of images) {
    const beside = `${directory}/first/shearline-${version}-${image.architecture}.spdx.json`;
    expect(await image.file(sbomPath)).toBe(await readFile(beside, 'utf8'));
    // Ends with an error and says what is wrong, if anything is.
    await run(spdxPython, ['-m', 'spdx_tools.spdx.clitools.pyspdxtools', '--infile', beside]);
  }
});

test('the bill names Node, Debian’s packages and what the bundle has of npm, in the versions of the lock files', async () => {
  const { packages } = NpmLock.parse(JSON.parse(await readFile('package-lock.json', 'utf8')));
  const paths = Object.entries(packages).filter(([, { dev }]) => !dev);
  const forUsers = new Set(paths.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`));
  const debs = await readLock();
  for (const { file, architecture } of images) {
    const bill = Sbom.parse(JSON.parse(await file(sbomPath)));
    const named = (kind: string) =>
      bill.packages
        .filter(({ externalRefs: [{ referenceLocator: url }] }) => url.startsWith(`pkg:${kind}/`))
        .map(({ name, versionInfo }) => `${name}@${versionInfo}`);
    expect(named('generic')).toEqual([`shearline@${version}`, `node@${(await nodePin(architecture)).version}`]);
    expect(named('deb')).toEqual(debs[architecture].map(({ name, version }) => `${name}@${version}`));
    // What only developers use is not delivered, and neither is what build.ts leaves out.
    expect(named('npm').filter(name => !forUsers.has(name))).toEqual([]);
    expect(named('npm').filter(name => /^(axios|google-auth-library|@grpc\/grpc-js)@/.test(name))).toEqual([]);
    expect(named('npm')).toEqual(
      expect.arrayContaining(Object.entries(packages['']?.dependencies ?? {}).map(pair => pair.join('@'))),
    );
  }
});

const NpmLock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string(),
      dev: z.boolean().default(false),
      dependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const Sbom = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      versionInfo: z.string(),
      externalRefs: z.tuple([z.object({ referenceLocator: z.string() })]),
    }),
  ),
});
