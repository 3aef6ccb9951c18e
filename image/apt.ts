import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Architecture } from './architectures.ts';
import { run } from './run.ts';

/** apt's own client for one architecture, with the package sources of this machine and everything else of its own. */
export interface Apt {
  /** Downloads `name` or `name=version` into that folder, verified against Debian's signatures. */
  download(packages: readonly string[], into: string): Promise<void>;
}

/** For the time of `work`: neither root nor an architecture of this machine is needed, and nothing of it changes. */
export async function withApt<T>(architecture: Architecture, work: (apt: Apt) => Promise<T>): Promise<T> {
  const home = await mkdtemp(`${tmpdir()}/shearline-apt-`);
  try {
    await mkdir(`${home}/state/lists/partial`, { recursive: true });
    await mkdir(`${home}/cache/archives/partial`, { recursive: true });
    await writeFile(`${home}/status`, '');
    const options = optionsFor(home, architecture);
    await run('apt-get', [...options, '--quiet', 'update']);
    return await work({
      download: async (packages, into) =>
        void (await run('apt-get', [...options, '--quiet', 'download', ...packages], into)),
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function optionsFor(home: string, architecture: Architecture): readonly string[] {
  return Object.entries({
    'Dir::State': `${home}/state`,
    'Dir::State::status': `${home}/status`,
    'Dir::Cache': `${home}/cache`,
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    // It would become a user who may not write here.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  }).flatMap(([name, value]) => ['--option', `${name}=${value}`]);
}
