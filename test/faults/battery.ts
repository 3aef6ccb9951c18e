import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { PolicyRule } from '../../src/schema/rbac.ts';
import { clusterSource } from '../scenarios/manifests.ts';
import type { Environment } from '../scenarios/operator.ts';
import { install, useWorld, type World } from '../scenarios/world.ts';
import { type Certificate, issueCertificate } from '../servers/certificates.ts';
import type { ControlPlane } from '../servers/control-plane.ts';
import { writeKubeconfig } from '../servers/kubectl.ts';
import { type Bystander, bystanderIn } from './bystander.ts';
import { describeKubernetes, describeVault } from './call.ts';
import { type FaultProxy, startFaultProxy } from './proxy.ts';

/** A world in which the operator reaches everything through fault proxies. */
export interface Battery {
  readonly world: World;
  /** In front of the API server. */
  readonly api: FaultProxy;
  /** In front of OpenBao; ClusterSecretSource `vault`, the default of all namespaces, goes through it. */
  readonly store: FaultProxy;
  /** A reference that no case touches, at a source that no fault meets. */
  readonly bystander: Bystander;
  /** For further operators, at the proxy's address instead of the API server's. */
  readonly kubeconfigThrough: (api: FaultProxy) => Promise<string>;
  /** Of the proxies; signed by the authority of the control plane. */
  readonly tls: Certificate;
  /** Another way to the API server. */
  addApi(): Promise<FaultProxy>;
  /** Another ClusterSecretSource, with a proxy of its own in front of the same OpenBao or another server. */
  addSource(name: string, address?: string): Promise<FaultProxy>;
  /** SIGKILL, and started again as it was. */
  restartOperator(): Promise<void>;
  /** The proxies; the world ends by itself. */
  stop(): Promise<unknown>;
}

export interface BatteryOptions {
  /** Of the operator. */
  readonly flags?: readonly string[];
  /** Of the operator, whose files are in that directory. */
  readonly env?: (directory: string) => Promise<Environment>;
  /** More than deploy/install.yaml gives. */
  readonly rules?: readonly PolicyRule[];
}

/** A battery for the tests of a file. Rules end with their test. */
export function useBattery(options: BatteryOptions = {}): () => Battery {
  const world = useWorld({ defaultSource: false, install: controlPlane => installWith(controlPlane, options.rules) });
  let current: Battery | undefined;
  const battery = () => {
    if (current === undefined) throw new Error('the battery did not start');
    return current;
  };
  beforeAll(async () => {
    current = await startBattery(world(), options);
  }, 180_000);
  afterEach(() => {
    const { api, store, world } = battery();
    for (const proxy of [api, store]) proxy.calm();
    expect(world.operator.running()).toBe(true);
  });
  afterAll(async () => {
    await current?.stop();
  });
  return battery;
}

async function installWith(controlPlane: ControlPlane, rules: readonly PolicyRule[] = []): Promise<readonly string[]> {
  await install(controlPlane);
  const metadata = { name: 'more-rights' };
  const api = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', name: 'shearline', namespace: 'shearline-system' }];
  const objects = [
    { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${api}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: api, kind: 'ClusterRole', name: metadata.name },
      subjects,
    },
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await controlPlane.kubectl(['apply', '-f', '-'], { input });
  return [];
}

async function startBattery(world: World, { flags = [], env }: BatteryOptions): Promise<Battery> {
  const { controlPlane, bao, cluster, operator } = world;
  const tls = await issueCertificate(controlPlane.authority, { commonName: 'fault-proxy', sans: ['127.0.0.1'] });
  const upstream = { address: controlPlane.server, ca: controlPlane.ca };
  const proxies: FaultProxy[] = [];
  const addApi = async () => {
    const proxy = await startFaultProxy({ upstream, tls, describe: describeKubernetes });
    proxies.push(proxy);
    return proxy;
  };
  const api = await addApi();
  const addSource = async (name: string, address = bao.address, more = {}) => {
    const store = { address, ca: controlPlane.ca };
    const proxy = await startFaultProxy({ upstream: store, tls, describe: describeVault });
    proxies.push(proxy);
    await cluster.apply(clusterSource(name, proxy.address, more));
    return proxy;
  };
  const kubeconfigThrough = (proxy: FaultProxy) => kubeconfigFor(proxy, world);
  const [kubeconfig, environment] = await Promise.all([kubeconfigThrough(api), env?.(controlPlane.directory)]);
  // One after the other: two that overlap would leave two operators.
  let restarted = Promise.resolve();
  const restartOperator = () => {
    restarted = restarted
      .then(() => operator.kill())
      .then(() => operator.start(['--kubeconfig', kubeconfig, ...flags], environment));
    return restarted;
  };
  await restartOperator();
  const store = await addSource('vault', undefined, { default: true });
  await cluster.apply(clusterSource('aside', bao.address));
  const bystander = await bystanderIn(world);
  await bystander.settles();
  const stop = () => Promise.all(proxies.map(proxy => proxy.stop()));
  return { world, api, store, bystander, tls, kubeconfigThrough, addApi, addSource, restartOperator, stop };
}

/** The operator's own token, at the proxy's address. */
async function kubeconfigFor(api: FaultProxy, { controlPlane }: World): Promise<string> {
  const account = { serviceAccount: 'shearline', namespace: 'shearline-system' };
  const token = await controlPlane.token(account, { duration: '24h' });
  return writeKubeconfig({ server: api.address, ca: controlPlane.ca, directory: controlPlane.directory }, { token });
}
