import { existsSync } from 'node:fs';
import { run } from '../../../image/run.ts';

/** What runs pods, from Debian; each with a file that shows that it is there. */
const packages = {
  containerd: '/usr/bin/containerd',
  runc: '/usr/sbin/runc',
  'containernetworking-plugins': '/usr/lib/cni/ptp',
  nftables: '/usr/sbin/nft',
  iproute2: '/usr/sbin/ip',
  'busybox-static': '/bin/busybox',
  mmdebstrap: '/usr/bin/mmdebstrap',
} as const;

/** Why this machine cannot run pods; undefined if it can, as soon as the packages are there. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'real pods need Linux';
  if (process.getuid?.() !== 0)
    return 'real pods need root, for network namespaces, mounts and cgroups: run this as root, best on a machine that you can throw away';
  if (!existsSync('/sys/fs/cgroup/memory'))
    return 'the lab knows cgroup v1 only, and this machine has none at /sys/fs/cgroup';
  return undefined;
}

/** Installs what is missing, and says so before. */
export async function installPackages(say: (line: string) => void): Promise<void> {
  const missing = Object.entries(packages).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
  if (missing.length === 0) return;
  say(`${missing.join(', ')}: installing with apt-get, once, about 30 s`);
  await run('apt-get', ['update', '--quiet']);
  await run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing]);
}
