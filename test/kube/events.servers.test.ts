import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EventNote, EventRecorder } from '../../src/kube/api.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { FakeClock } from './builders.ts';
import { type Connected, connect, newNamespace } from './connected.ts';
import { until } from './until.ts';

const stop = new AbortController();
const clock = new FakeClock();
let controlPlane: ControlPlaneAccess;
let admin: Connected;
let namespace: string;
let recorder: EventRecorder;
let dropped = 0;
beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  admin = await connect(controlPlane.adminKubeconfig);
  namespace = await newNamespace(admin.client);
  clock.wallMs = Date.now();
  const count = () => void dropped++;
  const { client } = admin;
  const { signal } = stop;
  recorder = createEventRecorder({
    client,
    clock,
    random: Math.random,
    reportingInstance: 'test-0',
    dropped: count,
    idleMs: () => Number.POSITIVE_INFINITY,
    signal,
  });
});
afterAll(async () => {
  stop.abort();
  await admin?.[Symbol.asyncDispose]();
});

const note = (kind: string, name: string, where: string): EventNote => ({
  regarding: { apiVersion: 'shearline.dev/v1alpha1', kind, name, namespace: where, uid: `uid-${name}` },
  type: 'Warning',
  reason: 'AccessDenied',
  action: 'Sync',
  note: `${'vault-prod refused access; '.repeat(60)}`,
});

const eventsOf = async (name: string, where: string): Promise<string> =>
  controlPlane.kubectl([
    'get',
    'events.v1.events.k8s.io',
    '-n',
    where,
    '--field-selector',
    `regarding.name=${name}`,
    '-o',
    'json',
  ]);

test('the API server takes an event, its count, and one about a cluster-scoped object', async () => {
  const about = note('SecretReference', 'warehouse', namespace);
  const aboutCluster = note('ClusterSecretSource', `source-${namespace}`, '');
  recorder.record(about);
  recorder.record(aboutCluster);
  clock.pass(5 * 60_000);
  recorder.record(about);
  await until(async () => JSON.parse(await eventsOf('warehouse', namespace)).items[0]?.series?.count === 2, 20_000);
  const { items } = JSON.parse(await eventsOf(`source-${namespace}`, 'default'));
  expect(items).toMatchObject([{ reportingController: 'shearline.dev/operator', type: 'Warning' }]);
  expect(dropped).toBe(0);
});
