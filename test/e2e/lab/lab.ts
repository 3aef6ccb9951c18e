import { mkdir } from 'node:fs/promises';
import { type ControlPlane, startControlPlane } from '../../servers/control-plane.ts';
import { type InstalledParts, installParts } from '../../servers/install.ts';
import { parts, podParts } from '../../servers/parts.ts';
import { createCgroups } from './cgroups.ts';
import { importImage, startContainerd } from './containerd.ts';
import { dnsImage, dnsObjects } from './dns.ts';
import { busybox, pause, withImage } from './images.ts';
import { rememberSysctls } from './leftovers.ts';
import { installPackages, obstacle } from './machine.ts';
import { createNetwork } from './network.ts';
import { startKubelet, startKubeProxy, startScheduler } from './node.ts';
import { hostAddress, temporary } from './place.ts';
import { startSweeper } from './sweeper.ts';

/** A cluster of one node that really runs pods. */
export interface Lab {
  readonly controlPlane: ControlPlane;
  down(): Promise<void>;
}

/** Says what it installs and how long that takes. What an earlier run left behind is taken away first. */
export async function up(say: (line: string) => void): Promise<Lab> {
  const why = obstacle();
  if (why !== undefined) throw new Error(why);
  await installPackages(say);
  const programs = await installParts([parts.etcd, parts.kubernetes, parts.kubectl, ...Object.values(podParts)], say);
  const sweep = await startSweeper(say);
  try {
    const controlPlane = await build(programs);
    return { controlPlane, down: () => controlPlane.stop().then(sweep) };
  } catch (problem) {
    await sweep();
    throw problem;
  }
}

async function build(programs: InstalledParts): Promise<ControlPlane> {
  await mkdir(temporary, { recursive: true });
  process.env.TMPDIR = temporary; // what test/servers makes goes with the lab, also when nobody is left to remove it
  await rememberSysctls();
  await createCgroups();
  await createNetwork();
  const controlPlane = await startControlPlane({ address: hostAddress, apiServerFlags: forPods });
  const { kubectl } = controlPlane;
  await startScheduler(programs, controlPlane);
  await startContainerd();
  for (const recipe of [pause, busybox, dnsImage(programs)]) await withImage(recipe, importImage);
  await startKubelet(programs, controlPlane);
  await startKubeProxy(programs, controlPlane);
  const objects = { apiVersion: 'v1', kind: 'List', items: dnsObjects };
  await kubectl(['apply', '--filename', '-'], { input: JSON.stringify(objects) });
  await kubectl(['--namespace=kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=3m']);
  return controlPlane;
}

/** So that the Service `kubernetes` has an endpoint, and `kubectl logs` finds the kubelet. */
const forPods = ['--endpoint-reconciler-type=lease', '--kubelet-preferred-address-types=InternalIP'];
