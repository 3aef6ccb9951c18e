import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { searchForCanary } from '../canary.ts';
import { type ConformanceCluster, startConformanceCluster } from '../conformance/cluster.ts';
import { allKeys, type Harness, type Team as TeamName, teams } from '../conformance/harness.ts';
import { assertConditionInvariants } from '../controllers/invariants.ts';
import { startControlPlane } from '../servers/control-plane.ts';
import { until } from '../servers/process.ts';
import { type Cluster, connect, type Manifest } from './cluster.ts';
import { conditionOf, referenceOf } from './objects.ts';
import { type Operator, startOperator } from './operator.ts';
import { errorsIn, everythingSeen } from './seen.ts';
import { type Team, teamIn } from './team.ts';
import { install } from './world.ts';

type Start<Store extends Harness> = (cluster: ConformanceCluster) => Promise<Store>;

/** A cluster with the operator as a process of its own, one store, and two namespaces that a ClusterSecretSource leads there. */
export interface Place<Store extends Harness = Harness> {
  readonly cluster: Cluster;
  readonly operator: Operator;
  readonly store: Store;
  readonly controlPlane: { readonly auditLog: string };
  team(name: TeamName): Omit<Team, 'put'>;
  stop(): Promise<void>;
}

/** Starts it for the tests of a file; after each test the conditions are checked, after the last the canary is searched for. */
export function usePlace<Store extends Harness>(start: Start<Store>): () => Place<Store> {
  let current: Place<Store> | undefined;
  const place = () => {
    if (current === undefined) throw new Error('the store and its cluster did not start');
    return current;
  };
  beforeAll(async () => {
    current = await open(start);
  }, 180_000);
  afterEach(async () => {
    for (const raw of await place().cluster.list('SecretReference')) assertConditionInvariants(referenceOf(raw));
  });
  afterAll(async () => {
    if (current === undefined) return;
    try {
      expect(searchForCanary({ ...(await everythingSeen(current)), store: await current.store.records() })).toEqual([]);
      expect(await errorsIn(current.operator)).toEqual([]);
    } finally {
      await current.stop();
    }
  }, 60_000);
  return place;
}

/** All of it, or nothing that would keep the test's process alive. */
async function open<Store extends Harness>(start: Start<Store>): Promise<Place<Store>> {
  const started = new AsyncDisposableStack();
  const stop = () => started.disposeAsync();
  try {
    return { ...(await openAll(start, started)), stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
}

async function openAll<Store extends Harness>(
  start: Start<Store>,
  started: AsyncDisposableStack,
): Promise<Omit<Place<Store>, 'stop'>> {
  const controlPlane = await startControlPlane();
  started.defer(controlPlane.stop);
  await install(controlPlane);
  const cluster = await connect(controlPlane);
  started.defer(cluster.close);
  const operator = await startOperator(controlPlane);
  started.defer(operator.kill);
  const people = await startConformanceCluster(controlPlane, 'shearline-system');
  started.defer(people.close);
  const store = await start(people);
  started.defer(store.close);
  await cluster.apply(sourceOf(store, teams.map(people.namespace)));
  await untilReady(cluster);
  const team: Place<Store>['team'] = name => teamIn({ cluster, operator }, people.namespace(name));
  return { cluster, operator, store, controlPlane, team };
}

/** With allowedKeys, because credentials may be shared by the two. */
const sourceOf = ({ provider, spec }: Harness, names: readonly string[]): Manifest => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'ClusterSecretSource',
  metadata: { name: 'store' },
  spec: { default: true, namespaces: { names }, allowedKeys: allKeys(provider), provider: { [provider.name]: spec } },
});

async function untilReady(cluster: Cluster): Promise<void> {
  let ready: ReturnType<typeof conditionOf>;
  const look = async () => {
    ready = conditionOf(await cluster.read('ClusterSecretSource', 'store'), 'Ready');
    return ready?.status === 'True';
  };
  await until('the source to be Ready', look).catch((problem: Error) => {
    throw new Error(`${problem.message}: ${ready?.reason} ${ready?.message}`);
  });
}
