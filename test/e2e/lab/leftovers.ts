import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from '../../../image/run.ts';
import { removeCgroups } from './cgroups.ts';
import { bundles } from './containerd.ts';
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
  await removeSockets();
  await removeLinks('/var/log/containers');
  await removeKubeletDirectory('/var/lib/kubelet');
  await removeResults('/var/lib/cni/results');
  await rm(state, { recursive: true, force: true });
}

/** In the order in which they were made. */
const mounts = async (): Promise<readonly string[]> =>
  (await readFile('/proc/mounts', 'utf8'))
    .split('\n')
    .flatMap(line => line.split(' ')[1] ?? [])
    .filter(path => path.startsWith(`${state}/`));

/** A sandbox that ended by itself has taken its own socket away. */
async function removeSockets(): Promise<void> {
  for (const sandbox of await list(bundles)) {
    const address = await readFile(`${bundles}/${sandbox}/address`, 'utf8').catch(() => '');
    if (address !== '') await rm(address.replace('unix://', ''), { force: true });
  }
  await removeEmpty('/run/containerd/s', '/run/containerd');
}

/** The kubelet and CNI write them to places that no option changes. */
async function removeLinks(directory: string): Promise<void> {
  for (const file of await list(directory)) {
    const link = `${directory}/${file}`;
    if ((await readlink(link)).startsWith(state)) await rm(link);
  }
  await removeEmpty(directory);
}

/** A kubelet that is not ours has more there. */
async function removeKubeletDirectory(directory: string): Promise<void> {
  const names = await list(directory);
  if (names.every(each => each === 'device-plugins')) await rm(directory, { recursive: true, force: true });
}

/** Each says in which network namespace it was, and ours lie below `state`. */
async function removeResults(directory: string): Promise<void> {
  for (const file of await list(directory))
    if ((await readFile(`${directory}/${file}`, 'utf8')).includes(`"${state}/`)) await rm(`${directory}/${file}`);
  await removeEmpty(directory, dirname(directory));
}

async function removeEmpty(...directories: readonly string[]): Promise<void> {
  for (const directory of directories)
    if (existsSync(directory) && (await list(directory)).length === 0) await rmdir(directory);
}

const list = async (directory: string): Promise<readonly string[]> => (existsSync(directory) ? readdir(directory) : []);
