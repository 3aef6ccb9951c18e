import { mkdir, writeFile } from 'node:fs/promises';
import { run } from '../../../image/run.ts';
import { startOnNode } from './daemon.ts';
import { imageOf, pause } from './images.ts';
import { name, podRange, state } from './place.ts';

const directory = `${state}/containerd`;
export const socket = `${directory}/containerd.sock`;

/** Of sandboxes and containers; a file `address` says where its socket is, which no option changes. */
export const bundles = `${directory}/state/io.containerd.runtime.v2.task/k8s.io`;

export async function startContainerd(): Promise<void> {
  await mkdir(`${directory}/cni`, { recursive: true });
  await writeFile(`${directory}/config.toml`, config);
  await writeFile(`${directory}/cni/10-${name}.conflist`, JSON.stringify(network));
  const ready = () =>
    ctr('version').then(
      () => true,
      () => false,
    );
  await startOnNode({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', `${directory}/config.toml`],
    ready,
  });
}

/** Takes the image of this machine's architecture out of an OCI layout, under that name and the layout's tag. */
export async function importImage(layout: string, repository: string): Promise<void> {
  const archive = `${directory}/import-${repository.replaceAll('/', '-')}.tar`;
  await run('tar', ['--create', '--file', archive, '--directory', layout, '.']);
  await ctr('images', 'import', '--base-name', repository, archive);
  await run('rm', [archive]);
}

const ctr = (...args: readonly string[]) => run('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args]);

/**
 * Network namespaces of pods lie in our own directory, so that unmounting what is below it finds them. A machine without
 * CAP_SYS_RESOURCE cannot lower oom_score_adj, and runc ends over it.
 */
const config = `
version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageOf(pause)}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "${directory}/runc"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${directory}/cni"
`;

/** All traffic is routed, so that answers of Services need no bridge filter. */
const network = {
  cniVersion: '1.0.0',
  name,
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: {
        type: 'host-local',
        dataDir: `${directory}/ipam`,
        ranges: [[{ subnet: podRange }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};
