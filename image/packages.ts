import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Metafile } from 'esbuild';
import * as z from 'zod';

const root = dirname(import.meta.dirname);
/** A license in the form of old, a list, is no expression that SPDX knows. */
const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string().catch('NOASSERTION') });

/** An npm package of which at least one byte is in the bundle. */
export interface Bundled extends z.infer<typeof Manifest> {
  /** From the root of the repository. */
  readonly folder: string;
}

/** In the order of their folders; one that lies in several folders in the same version is named once. */
export async function bundledPackages({ outputs }: Metafile): Promise<readonly Bundled[]> {
  const inputs = Object.values(outputs).flatMap(output => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => packageFolder(path));
  const folders = [...new Set(used)].filter(folder => folder !== undefined).sort();
  const packages = await Promise.all(folders.map(describe));
  return [...new Map(packages.map(one => [`${one.name}@${one.version}`, one])).values()];
}

async function describe(folder: string): Promise<Bundled> {
  return { folder, ...Manifest.parse(JSON.parse(await readFile(`${root}/${folder}/package.json`, 'utf8'))) };
}

/** Up to the last `node_modules/NAME` or `node_modules/@SCOPE/NAME`. */
const packageFolder = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];

/** The licences of all of them in one text, as most ask for their text to come along. */
export async function licenceTexts(packages: readonly Bundled[]): Promise<string> {
  const texts = await Promise.all(packages.map(licenceText));
  return texts.join(`\n${'-'.repeat(80)}\n`);
}

async function licenceText({ folder, name, version, license }: Bundled): Promise<string> {
  const files = (await readdir(`${root}/${folder}`)).filter(file => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map(file => readFile(`${root}/${folder}/${file}`, 'utf8')));
  return [`${name} ${version}: ${license}\n`, ...texts].join('\n');
}
