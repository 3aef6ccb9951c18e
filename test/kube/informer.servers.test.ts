import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { type MetadataObject, parseMetadataObject } from '../../src/core/object-meta.ts';
import type { Change, Informer, KubeClient } from '../../src/kube/api.ts';
import { httpListerWatcher } from '../../src/kube/http-source.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { type ListerWatcher, listWatchTiming, type WatchEvent } from '../../src/kube/list-watch.ts';
import { type WatchTiming, watchTiming } from '../../src/kube/watch-stream.ts';
import { type ControlPlane, startControlPlane } from '../servers/control-plane.ts';
import { base64, type Connected, connect, create, merge, must, never, newNamespace, secrets } from './connected.ts';
import { until } from './until.ts';

const canary = 'CANARY-7f3a';
const long = 30_000;
// A control plane of its own: here the API server is stopped, and etcd compacted.
let controlPlane: ControlPlane;
let admin: Connected;
let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  controlPlane = await startControlPlane({ controllerManager: false });
  admin = await connect(controlPlane.adminKubeconfig);
  client = admin.client;
});
beforeEach(async () => {
  namespace = await newNamespace(client);
});
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await controlPlane?.stop();
});

interface Reflecting extends Disposable {
  readonly informer: Informer<MetadataObject>;
  readonly changes: readonly string[];
  readonly troubles: readonly string[];
  /** Everything that arrived, as text. */
  readonly arrived: readonly string[];
}

const timing = { ...watchTiming, openMs: 3_000 };

function sourceOf(change: Partial<WatchTiming> = {}): ListerWatcher {
  const selection = { resource: secrets, namespace, labelSelector: 'shearline.dev/managed=true', metadataOnly: true };
  return httpListerWatcher(admin.transport.dedicated(), selection, { ...timing, ...change }, Math.random);
}

function reflecting(source: ListerWatcher = sourceOf()): Reflecting {
  const changes: string[] = [];
  const troubles: string[] = [];
  const arrived: string[] = [];
  const stop = new AbortController();
  const informer = createInformer<MetadataObject>({
    source,
    timing: listWatchTiming,
    clock: systemClock,
    random: Math.random,
    parse: raw => {
      arrived.push(JSON.stringify(raw));
      return parseMetadataObject(raw);
    },
    report: trouble => void troubles.push(trouble),
  });
  informer.onChange(change => void changes.push(changeText(change)));
  void informer.run(stop.signal);
  return { informer, changes, troubles, arrived, [Symbol.dispose]: () => stop.abort() };
}

const changeText = ({ before, after }: Change<MetadataObject>): string =>
  `${before === undefined ? 'new' : after === undefined ? 'gone' : 'changed'} ${(after ?? before)?.metadata.name}`;

const target = (name: string, labels: object = { 'shearline.dev/managed': 'true' }) => ({
  metadata: { name, labels },
  data: { password: base64(canary) },
});
const make = (name: string) => must(create(client, secrets, namespace, target(name)));
const edit = (name: string, metadata: object) => must(merge(client, secrets, `${namespace}/${name}`, { metadata }));
async function remove(name: string): Promise<void> {
  const uid = parseMetadataObject(await must(client.get(secrets, `${namespace}/${name}`, { signal: never })))?.metadata
    .uid;
  await must(client.delete(secrets, `${namespace}/${name}`, { uid: uid ?? '' }, { signal: never }));
}

test('follows what is made, changed, unlabelled and deleted, and never sees a value', async () => {
  await make('before');
  await must(create(client, secrets, namespace, target('foreign', {})));
  using it = reflecting();
  await it.informer.whenSynced();
  await make('after');
  await edit('after', { annotations: { a: '1' } });
  await edit('before', { labels: null });
  await remove('after');
  await until(() => it.informer.size === 0 && it.changes.length === 5, long);
  expect(it.changes).toEqual(['new before', 'new after', 'changed after', 'gone before', 'gone after']);
  expect(it.arrived.join()).not.toContain(base64(canary));
  expect(it.troubles).toEqual([]);
});

test('lists more objects than fit on a page', async () => {
  const names = Array.from({ length: 700 }, (_, n) => `many-${n}`);
  for (let from = 0; from < names.length; from += 20) await Promise.all(names.slice(from, from + 20).map(make));
  using it = reflecting();
  await it.informer.whenSynced();
  expect(it.informer.size).toBe(700);
});

test('takes the answer to a write of our own, and one change is told of it', async () => {
  using it = reflecting();
  await it.informer.whenSynced();
  const ours = parseMetadataObject(await make('ours'));
  if (ours !== undefined) it.informer.wrote(ours);
  expect(it.informer.get(`${namespace}/ours`)).toBeDefined();
  await make('next');
  await until(() => it.informer.size === 2, long);
  expect(it.changes).toEqual(['new ours', 'new next']);
});

test('the event of a write of our own is known by its version, without being parsed', async () => {
  const source = sourceOf();
  const list = await source.list(undefined, never);
  const ours = parseMetadataObject(await make('ours'))?.metadata.resourceVersion;
  const seen: string[] = [];
  const stop = new AbortController();
  const isOwn = (version: string) => version === ours;
  const event = ({ kind }: WatchEvent) => void seen.push(kind);
  const watching = source.watch(list.kind === 'page' ? list.resourceVersion : '', { event, isOwn }, stop.signal);
  await make('next');
  await until(() => seen.length === 2, long);
  expect(seen).toEqual(['own', 'put']);
  stop.abort();
  await watching;
});

test('goes on where it was each time the API server ends its watch', async () => {
  const source = sourceOf({ lengthSeconds: 1 });
  let watches = 0;
  const watch: ListerWatcher['watch'] = (...asked) => {
    watches += 1;
    return source.watch(...asked);
  };
  using it = reflecting({ ...source, watch });
  await it.informer.whenSynced();
  const names: string[] = [];
  while (watches < 4) {
    names.push(`cut-${names.length}`);
    await make(names.at(-1) ?? '');
    await until(() => it.informer.size === names.length, long);
  }
  expect(it.changes).toEqual(names.map(name => `new ${name}`));
  expect(it.troubles).toEqual([]);
});

test('survives a restart of the API server with all that happened around it', async () => {
  using it = reflecting();
  await it.informer.whenSynced();
  await make('stays');
  await make('goes');
  await until(() => it.informer.size === 2, long);
  await controlPlane.restartApiServer();
  await remove('goes');
  await make('comes');
  // In which order they are told depends on whether the watch went on or a list was needed.
  await until(() => ['gone goes', 'new comes'].every(change => it.changes.includes(change)), long);
  expect([...it.informer.values()].map(({ metadata }) => metadata.name)).toEqual(['stays', 'comes']);
});

test('finds out by itself that an API server which took the connection says nothing more', async () => {
  using it = reflecting(sourceOf({ stallMs: 1_000 }));
  await it.informer.whenSynced();
  controlPlane.pauseApiServer();
  await until(() => it.troubles.includes('watch-stalled'), long);
  controlPlane.resumeApiServer();
  await make('awake');
  await until(() => it.informer.size === 1, long);
  expect(it.changes).toEqual(['new awake']);
});

test('tells what was made, replaced and deleted while nobody watched, when its version is too old', async () => {
  await Promise.all(['stays', 'goes', 'again'].map(make));
  const { source, close, open } = gated(sourceOf());
  using it = reflecting(source);
  await it.informer.whenSynced();
  close();
  await controlPlane.restartApiServer();
  await Promise.all([remove('goes'), remove('again').then(() => make('again')), make('comes')]);
  await controlPlane.restartApiServer(); // a fresh one remembers nothing of the past, and etcd shall not either
  await compact();
  open();
  await until(() => it.changes.length === 7, long);
  expect(it.troubles).toContain('watch-expired');
  expect(it.changes.slice(3).toSorted()).toEqual(['gone again', 'gone goes', 'new again', 'new comes']);
});

test('starts its list again when the second page has become too old', async () => {
  for (let n = 0; n < 520; n += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => make(`many-${n + i}`)));
  const source = sourceOf();
  let pages = 0;
  const list: ListerWatcher['list'] = async (next, signal) => {
    if (++pages === 2) {
      await make('between');
      await controlPlane.restartApiServer();
      await compact();
    }
    return source.list(next, signal);
  };
  using it = reflecting({ ...source, list });
  await it.informer.whenSynced();
  expect(it.troubles).toEqual(['list-expired']);
  expect(it.informer.size).toBe(521);
});

/** Lets no watch begin while it is closed. */
function gated(source: ListerWatcher) {
  let gate = Promise.resolve();
  let open = (): void => {};
  const close = () => {
    ({ promise: gate, resolve: open } = Promise.withResolvers<void>());
  };
  const watch: ListerWatcher['watch'] = async (...asked) => {
    await gate;
    return source.watch(...asked);
  };
  return { source: { ...source, watch }, close, open: () => open() };
}

async function compact(): Promise<void> {
  const etcdctl = (...args: readonly string[]) =>
    promisify(execFile)(controlPlane.programs.etcdctl, ['--endpoints', controlPlane.etcdEndpoint, ...args]);
  const { stdout } = await etcdctl('endpoint', 'status', '--write-out', 'json');
  const [status] = JSON.parse(stdout);
  await etcdctl('compact', `${status.Status.header.revision}`, '--physical');
}
