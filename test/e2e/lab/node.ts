import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { ControlPlane } from '../../servers/control-plane.ts';
import { answersOk } from '../../servers/http.ts';
import type { InstalledParts } from '../../servers/install.ts';
import { accepts } from '../../servers/ports.ts';
import { socket } from './containerd.ts';
import { startOnNode } from './daemon.ts';
import { dnsAddress, name, nodeAddress, nodeName, podRange, state } from './place.ts';

/** What schedules pods. */
export async function startScheduler(programs: InstalledParts, { kubeconfigFor }: ControlPlane): Promise<void> {
  const kubeconfig = await kubeconfigFor({ user: 'system:kube-scheduler' });
  const port = 10259;
  await startOnNode({
    name: 'kube-scheduler',
    command: programs.kubeScheduler,
    args: [
      ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(flag => `--${flag}=${kubeconfig}`),
      ...[`--bind-address=${nodeAddress}`, `--secure-port=${port}`, '--leader-elect=false'],
      `--cert-dir=${state}/scheduler`,
    ],
    ready: () => accepts(port, nodeAddress),
  });
}

/** What runs pods; ready when the node is. */
export async function startKubelet(programs: InstalledParts, { kubeconfigFor, kubectl }: ControlPlane): Promise<void> {
  const kubeconfig = await kubeconfigFor({ user: `system:node:${nodeName}`, groups: ['system:nodes'] });
  const config = `${state}/kubelet.yaml`;
  await writeFile(config, stringify(kubeletConfiguration));
  const wait = ['wait', `node/${nodeName}`, '--for=condition=Ready', '--timeout=1s'];
  await startOnNode({
    name: 'kubelet',
    command: programs.kubelet,
    args: [
      ...[`--config=${config}`, `--kubeconfig=${kubeconfig}`, `--hostname-override=${nodeName}`],
      ...[`--node-ip=${nodeAddress}`, `--root-dir=${state}/kubelet`, `--cert-dir=${state}/kubelet-pki`],
    ],
    ready: () =>
      kubectl(wait).then(
        () => true,
        () => false,
      ),
  });
}

/** What makes Services of Services. */
export async function startKubeProxy(programs: InstalledParts, { kubeconfigFor }: ControlPlane): Promise<void> {
  const kubeconfig = await kubeconfigFor({ user: 'system:kube-proxy' });
  const config = `${state}/kube-proxy.yaml`;
  await writeFile(config, stringify(kubeProxyConfiguration(kubeconfig)));
  const ready = () => answersOk(`http://${nodeAddress}:10256/healthz`);
  await startOnNode({ name: 'kube-proxy', command: programs.kubeProxy, args: [`--config=${config}`], ready });
}

/**
 * With a cgroup v1, which Kubernetes 1.36 takes when it is told to. Anybody may talk to it, but nobody reaches it from
 * outside this machine. Secrets reach mounted files within a second or two.
 */
const kubeletConfiguration = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${name}`,
  cgroupsPerQOS: true,
  enforceNodeAllocatable: ['none'],
  failSwapOn: false,
  containerRuntimeEndpoint: `unix://${socket}`,
  address: nodeAddress,
  healthzBindAddress: nodeAddress,
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  clusterDomain: 'cluster.local',
  clusterDNS: [dnsAddress],
  resolvConf: '',
  evictionHard: {},
  localStorageCapacityIsolation: false,
  imageMinimumGCAge: '720h',
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  syncFrequency: '1s',
  nodeStatusUpdateFrequency: '5s',
  podLogsDir: `${state}/pod-logs`,
  volumePluginDir: `${state}/volume-plugins`,
};

/** Connection tracking is the machine's, and left as it is. */
const kubeProxyConfiguration = (kubeconfig: string) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  hostnameOverride: nodeName,
  clientConnection: { kubeconfig },
  bindAddress: nodeAddress,
  healthzBindAddress: `${nodeAddress}:10256`,
  metricsBindAddress: '127.0.0.1:10249',
  clusterCIDR: podRange,
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
});
