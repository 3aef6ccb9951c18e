import { describe, expect, test } from '@jest/globals';
import type { EventNote, KubeClient, KubeResult } from '../../src/kube/api.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { FakeClock } from './builders.ts';
import { until } from './until.ts';

const minute = 60_000;

const note = (change: Partial<EventNote> = {}): EventNote => ({
  regarding: {
    apiVersion: 'shearline.dev/v1alpha1',
    kind: 'SecretReference',
    name: 'warehouse',
    namespace: 'etl',
    uid: 'u1',
  },
  type: 'Warning',
  reason: 'AccessDenied',
  action: 'Sync',
  note: 'vault-prod refused access to etl/warehouse',
  ...change,
});
const success = (text: string): EventNote => note({ type: 'Normal', reason: 'Synced', note: text });
const warning = (text: string, uid = 'u1'): EventNote => note({ note: text, regarding: { ...note().regarding, uid } });

interface Written {
  readonly how: 'create' | 'patch';
  readonly where: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A recorder whose writes are kept. */
function recording(answers: KubeResult<unknown>[] = [], stillMs = () => Number.POSITIVE_INFINITY) {
  const written: Written[] = [];
  const clock = new FakeClock();
  let drops = 0;
  const write = async (how: Written['how'], where: string, body: unknown): Promise<KubeResult<unknown>> => {
    written.push({ how, where, body: JSON.parse(JSON.stringify(body)) });
    return answers.shift() ?? { ok: true, value: {} };
  };
  const unused = () => Promise.reject(new Error('events are created and patched'));
  const client: KubeClient = {
    create: (_resource, namespace, body) => write('create', namespace, body),
    patch: (_resource, key, { body }) => write('patch', key, body),
    get: unused,
    list: unused,
    createSub: unused,
    replace: unused,
    delete: unused,
  };
  const recorder = createEventRecorder({
    client,
    clock,
    random: () => 0.5,
    reportingInstance: 'shearline-0',
    dropped: () => void drops++,
    idleMs: stillMs,
    signal: new AbortController().signal,
  });
  return { recorder, written, clock, drops: () => drops };
}

describe('the event recorder', () => {
  test('writes what events.k8s.io wants', async () => {
    const { recorder, written } = recording();
    recorder.record(note());
    await until(() => written.length === 1);
    expect(written[0]).toMatchObject({
      how: 'create',
      where: 'etl',
      body: {
        apiVersion: 'events.k8s.io/v1',
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'shearline.dev/operator',
        reportingInstance: 'shearline-0',
        regarding: { kind: 'SecretReference', name: 'warehouse', uid: 'u1' },
        type: 'Warning',
      },
    });
  });

  test('counts what is said again, with one write in five minutes', async () => {
    const { recorder, written, clock } = recording();
    for (let times = 0; times < 10; times++) recorder.record(note());
    clock.pass(5 * minute);
    recorder.record(note());
    recorder.record(note());
    await until(() => written.length === 2);
    expect(written[1]).toMatchObject({ how: 'patch', body: { series: { count: 12 } } });
  });

  test('says it again when the API server has forgotten it', async () => {
    const { recorder, written, clock } = recording();
    recorder.record(note());
    clock.pass(56 * minute);
    recorder.record(note());
    await until(() => written.length === 2);
    expect(written.map(({ how }) => how)).toEqual(['create', 'create']);
  });

  test('lets successes through in a burst of 25, then 10 a second', async () => {
    const { recorder, written, clock, drops } = recording();
    for (let n = 0; n < 100; n++) recorder.record(success(`revision ${n}`));
    await until(() => written.length === 25);
    expect(drops()).toBe(75);
    clock.pass(1000);
    for (let n = 0; n < 100; n++) recorder.record(success(`again ${n}`));
    await until(() => written.length === 35);
  });

  test('bounds the warnings of one noisy object, and hears the others', async () => {
    const { recorder, written, drops } = recording();
    for (let n = 0; n < 50; n++) recorder.record(warning(`hostile token ${n}`));
    recorder.record(warning('no access', 'u2'));
    await until(() => written.length === 11);
    expect(drops()).toBe(40);
  });

  test('writes warnings first, and drops successes for them when the queue is full', async () => {
    const { recorder, written, drops } = recording();
    for (let n = 0; n < 21; n++) recorder.record(success(`success ${n}`));
    for (let n = 0; n < 990; n++) recorder.record(warning('no access', `uid-${n}`));
    expect(drops()).toBe(11);
    await until(() => written.length === 1000);
    expect(written[0]?.body).toMatchObject({ type: 'Warning' });
    expect(written.at(-1)?.body).toMatchObject({ type: 'Normal' });
  });

  test('puts what it says about cluster-scoped objects into the namespace default', async () => {
    const { recorder, written } = recording();
    recorder.record(note({ regarding: { ...note().regarding, kind: 'ClusterSecretSource', namespace: '' } }));
    await until(() => written.length === 1);
    expect(written[0]?.where).toBe('default');
  });

  test('cuts a note to 1 kB between two characters', async () => {
    const { recorder, written } = recording();
    recorder.record(note({ note: `x${'€'.repeat(600)}` }));
    await until(() => written.length === 1);
    const text = `${written[0]?.body.note}`;
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(text).toMatch(/^x€+…$/);
  });

  test('gives up on an event that is refused, and goes on with the next', async () => {
    const gone: KubeResult<unknown> = { ok: false, fault: { kind: 'refused', cause: 'namespace-terminating' } };
    const { recorder, written, drops } = recording([gone]);
    recorder.record(warning('one'));
    recorder.record(warning('two'));
    await until(() => written.length === 2);
    expect(written.map(({ body }) => body.note)).toEqual(['one', 'two']);
    expect(drops()).toBe(1);
  });

  test('tries again when the API server is busy', async () => {
    const busy: KubeResult<unknown> = { ok: false, fault: { kind: 'throttled', retryAfterMs: 1 } };
    const { recorder, written, drops } = recording([busy, busy]);
    recorder.record(note());
    await until(() => written.length === 3);
    expect(drops()).toBe(0);
  });

  test('lets a success wait while there is other work, and no warning', async () => {
    let stillFor = 0;
    const { recorder, written } = recording([], () => stillFor);
    recorder.record(success('created Secret a'));
    recorder.record(warning('one'));
    await until(() => written.length === 1);
    expect(written[0]?.body.type).toBe('Warning');
    stillFor = 100;
    await until(() => written.length === 2);
    expect(written[1]?.body.type).toBe('Normal');
  });

  test('lets no success wait for ever', async () => {
    const { recorder, written } = recording([], () => 0);
    recorder.record(success('created Secret a'));
    await until(() => written.length === 1);
    expect(written[0]?.body.note).toBe('created Secret a');
  });
});
