import { run } from '../../../image/run.ts';
import { hostAddress, name, nodeAddress, onNode, podRange, serviceRange, wire } from './place.ts';

/**
 * A network namespace for the node, and a wire to it. Rules of kube-proxy and forwarding stay in there; the host has two
 * routes more, so that it reaches pods and Services, which vanish with the wire.
 */
export async function createNetwork(): Promise<void> {
  await ip('netns', 'add', name);
  await ip('link', 'add', wire.host, 'type', 'veth', 'peer', 'name', wire.node, 'netns', name);
  await ip('address', 'add', `${hostAddress}/${wire.prefix}`, 'dev', wire.host);
  await ip('link', 'set', wire.host, 'up');
  await inside('ip', 'link', 'set', 'lo', 'up');
  await inside('ip', 'address', 'add', `${nodeAddress}/${wire.prefix}`, 'dev', wire.node);
  await inside('ip', 'link', 'set', wire.node, 'up');
  await inside('ip', 'route', 'add', 'default', 'via', hostAddress);
  await inside('sysctl', '--quiet', '--write', 'net.ipv4.ip_forward=1');
  for (const range of [podRange, serviceRange]) await ip('route', 'add', range, 'via', nodeAddress);
}

/** The wire first: at once with the host's end goes the node's, but a namespace that goes takes its own away only later. */
export async function removeNetwork(): Promise<void> {
  const links = await ip('-oneline', 'link', 'show');
  if (links.includes(` ${wire.host}@`)) await ip('link', 'delete', wire.host);
  const names = await ip('netns', 'list');
  if (names.split('\n').some(line => line.split(' ')[0] === name)) await ip('netns', 'delete', name);
}

const ip = (...args: readonly string[]) => run('ip', args);

async function inside(command: string, ...args: readonly string[]): Promise<void> {
  const [first = '', ...rest] = onNode(command, ...args);
  await run(first, rest);
}
