import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { buildCommands } from './build.ts';
import { bundledPackages, licenceTexts } from './image/packages.ts';
import { run } from './image/run.ts';
import { version } from './src/version.ts';

const root = import.meta.dirname;

/** What npm is told. There are no dependencies: all that the commands need is in the bundle. */
const manifest = {
  name: 'shearline',
  version,
  description: 'Secrets for Kubernetes on a laptop and in CI: what the Shearline operator would do, without a cluster',
  license: 'Apache-2.0',
  type: 'module',
  engines: { node: '>=24' },
  bin: { shearline: 'shearline.js', 'kubectl-shearline': 'shearline.js' },
  files: ['*.js', '*.txt'],
};

/**
 * Writes the npm package of the commands to `out`, and answers the tarball's path. It has a package.json of its own: that of
 * the repository is private, and names what a developer needs.
 */
export async function pack(out = `${root}/out`): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/shearline-npm-`);
  const bundle = await buildCommands(folder);
  await writeFile(`${folder}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(`${folder}/LICENSE`, await readFile(`${root}/LICENSE`));
  await writeFile(`${folder}/README.md`, withoutLinks(await readFile(`${root}/docs/cli.md`, 'utf8')));
  await writeFile(`${folder}/third-party-licences.txt`, await licenceTexts(await bundledPackages(bundle)));
  await mkdir(out, { recursive: true });
  await run('npm', ['pack', '--pack-destination', out, '--ignore-scripts', '--silent'], folder);
  await rm(folder, { recursive: true });
  return `${out}/shearline-${version}.tgz`;
}

/** The other pages of the documentation are not in the package. */
const withoutLinks = (page: string): string => page.replaceAll(/\[([^\]]+)\]\((?!https?:)[^)]+\)/g, '$1');

if (import.meta.main) process.stdout.write(`${await pack()}\n`);
