import { chmod, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { build } from '../build.ts';
import { version } from '../src/version.ts';
import { type Architecture, architectures } from './architectures.ts';
import { fetchDebs, readLock } from './debs.ts';
import { fetchNode, nodePin } from './node.ts';
import { bundledPackages, licenceTexts } from './packages.ts';
import { docPath, mainPath, nodePath, sbomPath, user } from './program.ts';
import { run } from './run.ts';
import { sbom } from './sbom.ts';

const root = dirname(import.meta.dirname);

/** The image's files, in three folders: what changes least comes first. */
export interface Stage {
  readonly base: string;
  readonly node: string;
  readonly app: string;
}

/** Writes the files of the image for one architecture into three folders below `into`, which is made again. */
export async function stage(architecture: Architecture, into: string): Promise<Stage> {
  process.umask(0o022);
  await rm(into, { recursive: true, force: true });
  const folders: Stage = { base: `${into}/base`, node: `${into}/node`, app: `${into}/app` };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  await stageBase(architecture, folders.base);
  await stageNode(architecture, folders.node);
  await stageApp(architecture, folders.app);
  return folders;
}

/** Of Debian's packages: what Node links with, and what scanners and lawyers read. */
const kept = [
  /^lib(64)?\/(.*\/)?ld-linux-.*\.so\.\d+$/,
  /^(usr\/)?lib\/[^/]+\/lib(c|dl|gcc_s|m|pthread|stdc\+\+)\.so\.[\d.]+$/,
  /^(etc|usr\/lib)\/os-release$/,
  /^usr\/share\/common-licenses\//,
  /^usr\/share\/doc\/[^/]+(\/copyright)?$/,
];

async function stageBase(architecture: Architecture, folder: string): Promise<void> {
  const debs = await fetchDebs(architecture, (await readLock())[architecture]);
  for (const deb of (await readdir(debs)).sort()) await run('dpkg-deb', ['--extract', `${debs}/${deb}`, folder]);
  await keepOnly(folder, path => kept.some(pattern => pattern.test(path)));
  for (const deb of await readdir(debs)) await recordPackage(`${debs}/${deb}`, `${folder}/var/lib/dpkg/status.d`);
  const [uid, gid] = user.split(':');
  await write(
    folder,
    '/etc/passwd',
    `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${uid}:${gid}:nonroot:/:/sbin/nologin\n`,
  );
  await write(folder, '/etc/group', `root:x:0:\nnonroot:x:${gid}:\n`);
  await write(folder, '/etc/nsswitch.conf', 'hosts: files dns\n');
  await mkdir(`${folder}/tmp`);
  await chmod(`${folder}/tmp`, 0o1777);
}

/** Folders that are empty then go too. */
async function keepOnly(folder: string, keep: (path: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    if (!entry.isDirectory() && !keep(relative(folder, path))) await rm(path);
  }
  await run('find', [folder, '-mindepth', '1', '-type', 'd', '-empty', '-delete']);
}

/** Where syft, trivy and grype look for packages of an image that has no package manager. */
async function recordPackage(deb: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = (await run('dpkg-deb', ['--field', deb, 'Package'])).trim();
  await writeFile(`${folder}/${name}`, await run('dpkg-deb', ['--field', deb]));
  await writeFile(`${folder}/${name}.md5sums`, await run('dpkg-deb', ['--info', deb, 'md5sums']));
}

async function stageNode(architecture: Architecture, folder: string): Promise<void> {
  const node = await fetchNode(await nodePin(architecture));
  await copy(`${node}/bin/node`, `${folder}${nodePath}`, 0o755);
  await copy(`${node}/LICENSE`, `${folder}/usr/share/doc/nodejs/copyright`);
}

async function stageApp(architecture: Architecture, folder: string): Promise<void> {
  const bundle = await build();
  const app = dirname(mainPath);
  for (const path of Object.keys(bundle.outputs)) await copy(`${root}/${path}`, `${folder}${app}/${basename(path)}`);
  // Without it Node parses main.js twice, to learn what kind of module it is.
  await write(folder, `${app}/package.json`, `${JSON.stringify({ name: 'shearline', version, type: 'module' })}\n`);
  const packages = await bundledPackages(bundle);
  const contents = {
    architecture,
    packages,
    node: await nodePin(architecture),
    debs: (await readLock())[architecture],
  };
  await copy(`${root}/LICENSE`, `${folder}${docPath}/copyright`);
  await write(folder, `${docPath}/third-party-licences`, await licenceTexts(packages));
  await write(folder, sbomPath, `${JSON.stringify(sbom(contents), undefined, 2)}\n`);
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(`${folder}${path}`), { recursive: true });
  await writeFile(`${folder}${path}`, text);
}

async function copy(from: string, to: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}

/** For the Dockerfile: `node image/stage.ts amd64 FOLDER`. */
if (import.meta.main) {
  const [wanted, into] = process.argv.slice(2);
  const architecture = architectures.find(known => known === wanted);
  if (architecture === undefined || into === undefined)
    throw new Error(`usage: stage.ts ${architectures.join('|')} FOLDER`);
  await stage(architecture, into);
}
