import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm, rmdir, writeFile } from 'node:fs/promises';
import { run } from '../../../image/run.ts';
import { removeCgroups } from './cgroups.ts';
import { removeNetwork } from './network.ts';
import { state } from './place.ts';

/** What the kubelet sets on the whole machine. */
const sysctls = ['vm.overcommit_memory', 'vm.panic_on_oom', 'kernel.panic', 'kernel.panic_on_oops'];
const remembered = `${state}/sysctls`;

/** To be put back by `removeAll`. */
export async function rememberSysctls(): Promise<void> {
  await writeFile(remembered, await run('sysctl', sysctls));
}

/** Takes away all that a lab makes on this machine, also when it was killed in the middle. */
export async function removeAll(): Promise<void> {
  await removeCgroups();
  for (const mount of (await mounts()).toReversed()) await run('umount', ['--lazy', mount]);
  await removeNetwork();
  if (existsSync(remembered)) await run('sysctl', ['--quiet', '--load', remembered]);
  await removeLinks('/var/log/containers');
  await removeResults('/var/lib/cni/results');
  await rm(state, { recursive: true, force: true });
}

/** In the order in which they were made. */
const mounts = async (): Promise<readonly string[]> =>
  (await readFile('/proc/mounts', 'utf8'))
    .split('\n')
    .flatMap(line => line.split(' ')[1] ?? [])
    .filter(path => path.startsWith(`${state}/`));

/** The kubelet and CNI write them to places that no option changes. */
async function removeLinks(directory: string): Promise<void> {
  for (const file of await list(directory)) {
    const link = `${directory}/${file}`;
    if ((await readlink(link)).startsWith(state)) await rm(link);
  }
  if (existsSync(directory) && (await list(directory)).length === 0) await rmdir(directory);
}

/** Each says in which network namespace it was, and ours lie below `state`. */
async function removeResults(directory: string): Promise<void> {
  for (const file of await list(directory))
    if ((await readFile(`${directory}/${file}`, 'utf8')).includes(`"${state}/`)) await rm(`${directory}/${file}`);
}

const list = async (directory: string): Promise<readonly string[]> => (existsSync(directory) ? readdir(directory) : []);
