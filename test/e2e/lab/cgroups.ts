import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { until } from '../../servers/process.ts';
import { name } from './place.ts';

const root = '/sys/fs/cgroup';
/** The hierarchies of cgroup v1, and beside them the one of v2, which containerd fills as well. */
const hierarchies = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd', 'unified'];
const ours = hierarchies.filter(one => existsSync(`${root}/${one}`)).map(one => `${root}/${one}/${name}`);

/** Where what the lab starts on the node begins its life, so that none of its children is lost. */
export const cradle = `${root}/pids/${name}/daemons`;

/** A cgroup in each hierarchy, below which the kubelet makes those of pods. */
export async function createCgroups(): Promise<void> {
  for (const directory of ours.filter(one => !one.includes('/unified/'))) await mkdir(directory, { recursive: true });
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    await writeFile(`${root}/cpuset/${name}/${file}`, await readFile(`${root}/cpuset/${file}`));
  // All pods together would have as much as one process of the machine, and starve on a busy one.
  await writeFile(`${root}/cpu/${name}/cpu.shares`, '8192');
  await mkdir(cradle);
}

/** Kills whatever is in them, and takes them away. */
export async function removeCgroups(): Promise<void> {
  await until('all processes of the lab to be gone', async () => {
    const pids = (await Promise.all(ours.map(processesIn))).flat();
    for (const pid of pids) kill(pid);
    return pids.length === 0;
  });
  for (const directory of ours) for (const each of (await below(directory)).toReversed()) await rmdir(each);
}

async function processesIn(cgroup: string): Promise<readonly number[]> {
  const files = await Promise.all(
    (await below(cgroup)).map(each => readFile(`${each}/cgroup.procs`, 'utf8').catch(() => '')),
  );
  return files.flatMap(text => text.split('\n').filter(Boolean).map(Number));
}

/** The directory and all below it, those further out first. */
async function below(directory: string): Promise<readonly string[]> {
  if (!existsSync(directory)) return [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter(entry => entry.isDirectory()).map(entry => `${entry.parentPath}/${entry.name}`);
  return [directory, ...paths.sort((a, b) => a.length - b.length)];
}

/** It may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}
