/** Where the lab is on this machine. Fixed, so that what a killed run left can be found; so there is one lab at a time. */
export const state = '/var/tmp/shearline-e2e';
export const temporary = `${state}/tmp`;
/** Of the network namespace, the cgroup and the CNI network. */
export const name = 'shearline-e2e';
export const nodeName = 'node-1';

/** Two ends of a wire: the control plane and stores listen at the host's, the kubelet at the node's. */
export const hostAddress = '10.99.1.1';
export const nodeAddress = '10.99.1.2';
export const wire = { host: 'shl-host', node: 'shl-node', prefix: 30 } as const;
export const podRange = '10.244.0.0/24';
/** As the API server of test/servers has it. */
export const serviceRange = '10.96.0.0/16';
export const dnsAddress = '10.96.0.10';

/** A command that runs in the network of the node. Not `ip netns exec`, which would mount another /sys. */
export const onNode = (...command: readonly [string, ...string[]]): readonly string[] => [
  'nsenter',
  `--net=/run/netns/${name}`,
  '--',
  ...command,
];
