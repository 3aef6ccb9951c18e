import { describe, expect, test } from '@jest/globals';
import type { Because, Plan } from '../../../src/controllers/secret-reference/nouns/planned.ts';
import { plan } from '../../../src/controllers/secret-reference/plan.ts';
import { hour, type ReferenceBuilder, reference, start, wants } from '../builders.ts';
import { clusterSource, source, target } from '../objects.ts';
import { World } from '../world.ts';

const synced = reference().synced();
type Circumstance = (world: World) => void;
const nothing: Circumstance = () => undefined;

function planned(builder: ReferenceBuilder, circumstance = nothing, requestedAt: number = start.steady): Plan {
  const world = new World(builder);
  circumstance(world);
  return plan(world.observe(), { now: start.steady, wall: start.wall, requestedAt });
}

/** The kind of the plan, with why. */
function decision(builder: ReferenceBuilder, circumstance = nothing): string {
  const found = planned(builder, circumstance);
  if (found.kind === 'sync') return `sync: ${found.because}`;
  return found.kind === 'refuse' ? `refuse: ${found.fault.reason}` : found.kind;
}

const tampered: Circumstance = world => world.caches.targets.put(target(synced, { resourceVersion: '6' }));
const targetGone: Circumstance = world => world.caches.targets.remove('etl/db');
const aheadOfStatus: Circumstance = world =>
  world.caches.targets.put(target(synced, { resourceVersion: '6', annotations: { 'shearline.dev/revision': '2' } }));
const foreignTarget: Circumstance = world =>
  world.caches.targets.put(target(reference('other'), { name: 'db', uid: 'uid-theirs', resourceVersion: '7' }));
const sourceGone: Circumstance = world => world.caches.sources.remove('etl/vault');
const namespaceGoing: Circumstance = world =>
  world.api.change('namespaces', 'etl', { metadata: { deletionTimestamp: 'now' } }, '');
const keysClosed: Circumstance = world =>
  world.api.put('secretsources', source('vault', { allowedKeys: ['other/**'] }, { resourceVersion: '4' }));
const together =
  (...all: readonly Circumstance[]): Circumstance =>
  world => {
    for (const each of all) each(world);
  };
const bucketSpent = { bucket: { left: 0, at: start.steady } };

describe('each check says one thing', () => {
  test.each<[string, string, ReferenceBuilder, Circumstance]>([
    ['in step and not due', 'wait', synced, nothing],
    ['in step and never due', 'idle', synced.spec({ refreshInterval: '0s' }), nothing],
    ['being deleted', 'idle', synced.going(), nothing],
    ['being deleted with keys in a host', 'finalize', synced.merging().going(), nothing],
    ['suspended', 'suspended', synced.suspended(), nothing],
    ['namespace terminating', 'idle', reference(), namespaceGoing],
    ['spec invalid', 'refuse: InvalidSpec', synced.spec({ data: [] }), nothing],
    ['source missing', 'refuse: SourceNotFound', synced, sourceGone],
    ['key not allowed', 'refuse: KeyNotAllowed', synced, keysClosed],
    ['target owned by another', 'refuse: TargetConflict', synced, foreignTarget],
    ['rotation too soon', 'wait', synced.token('t1').remembering(bucketSpent), nothing],
    ['rotation requested', 'sync: RotationRequested', synced.token('t1'), nothing],
    ['force-sync requested', 'sync: RotationRequested', synced.forceSync('f1'), nothing],
    ['never synced', 'sync: NeverSynced', reference(), nothing],
    ['spec changed', 'sync: SpecChanged', synced.edited(wants('user')), nothing],
    ['target renamed', 'sync: SpecChanged', synced.edited().target({ name: 'other' }), nothing],
    ['source changed', 'sync: SourceChanged', synced.remembering({ sources: 'uid-source-vault/0' }), nothing],
    ['source as it was', 'wait', synced.remembering({ sources: 'uid-source-vault/1' }), nothing],
    ['write unreported', 'sync: WriteUnreported', synced, aheadOfStatus],
    ['target missing', 'sync: TargetMissing', synced, targetGone],
    ['target tampered', 'sync: TargetTampered', synced, tampered],
    ['last attempt failed', 'sync: LastAttemptFailed', synced.failing('AccessDenied'), nothing],
    ['refresh due', 'sync: RefreshDue', synced.due(), nothing],
  ])('%s: %s', (_, expected, builder, circumstance) => {
    expect(decision(builder, circumstance)).toBe(expected);
  });
});

describe('the order is the policy', () => {
  /** Each row has everything that the rows below it have, so the first that holds wins. */
  const restless = synced.failing('AccessDenied').remembering({ sources: 'none', checkedAt: 0 });
  const all = restless.edited().token('t1');
  const ahead = together(aheadOfStatus, keysClosed);
  test.each<[string, ReferenceBuilder, Circumstance]>([
    ['idle', all.going().suspended(), together(ahead, foreignTarget, namespaceGoing)],
    ['suspended', all.suspended(), together(ahead, foreignTarget, namespaceGoing)],
    ['idle', all.spec({ owner: '' }), together(ahead, foreignTarget, namespaceGoing)],
    ['refuse: InvalidSpec', all.spec({ owner: '' }), together(ahead, foreignTarget)],
    ['refuse: KeyNotAllowed', all, together(ahead, foreignTarget)],
    ['refuse: TargetConflict', all.remembering(bucketSpent), foreignTarget],
    ['wait', all.remembering(bucketSpent), aheadOfStatus],
    ['sync: RotationRequested', all, aheadOfStatus],
    ['sync: SpecChanged', all.annotated({ 'shearline.dev/rotate': '' }), aheadOfStatus],
  ])('%s comes before what follows', (expected, builder, circumstance) => {
    expect(decision(builder, circumstance)).toBe(expected);
  });

  test.each<[Because, ReferenceBuilder, Circumstance]>([
    ['SourceChanged', restless, aheadOfStatus],
    ['WriteUnreported', restless.remembering({ sources: 'uid-source-vault/1' }), aheadOfStatus],
    ['TargetTampered', restless.remembering({ sources: 'uid-source-vault/1' }), tampered],
    ['LastAttemptFailed', restless.remembering({ sources: 'uid-source-vault/1' }), nothing],
  ])('%s comes before what follows', (because, builder, circumstance) => {
    expect(decision(builder, circumstance)).toBe(`sync: ${because}`);
  });
});

describe('how fresh a read has to be', () => {
  const earlier = start.steady - 1234;

  test('a refresh satisfies itself with what was read since it fell due, so that all who fall due share one', () => {
    const world = new World(synced.due());
    const { dueAt } = world.observe();
    const todo = plan(world.observe(), { now: start.steady, wall: start.wall, requestedAt: start.steady });
    expect(todo).toMatchObject({ because: 'RefreshDue', notBefore: dueAt });
    expect(dueAt).toBeLessThan(start.steady);
    expect(dueAt).toBeGreaterThan(start.steady - 2 * hour);
  });

  test.each<[string, ReferenceBuilder, Circumstance]>([
    ['a rotation', synced.token('t1'), nothing],
    ['an edit', synced.edited(), nothing],
    ['a repair', synced, tampered],
    ['a retry', synced.failing('AccessDenied'), nothing],
  ])('%s wants what was read since it was asked for', (_, builder, circumstance) => {
    expect(planned(builder, circumstance, earlier)).toMatchObject({ kind: 'sync', notBefore: earlier });
  });

  test.each<[Because, boolean, ReferenceBuilder, Circumstance]>([
    ['TargetMissing', true, synced, targetGone],
    ['TargetTampered', true, synced, tampered],
    ['WriteUnreported', false, synced, aheadOfStatus],
    ['RotationRequested', false, synced.token('t1'), targetGone],
    ['SpecChanged', false, synced.edited(), targetGone],
    ['RefreshDue', false, synced.due(), nothing],
  ])('%s is a repair with what is served now: %s', (because, repair, builder, circumstance) => {
    expect(planned(builder, circumstance)).toMatchObject({ because, repair });
  });
});

describe('waiting', () => {
  test('in step, until the next refresh, at its priority', () => {
    const world = new World(synced);
    const { dueAt } = world.observe();
    expect(planned(synced)).toEqual({ kind: 'wait', until: dueAt, priority: 'low' });
  });

  test('for a token of its own, until the bucket has one, at the priority of rotations', () => {
    expect(planned(synced.token('t1').remembering(bucketSpent))).toEqual({
      kind: 'wait',
      until: start.steady + 1000,
      priority: 'high',
    });
  });
});

test('our own write that status does not report is no tampering, and is reported by a repair', () => {
  const remembered = { uid: 'uid-secret-db', resourceVersion: '6', fingerprint: 'any' };
  const todo = planned(synced.remembering({ target: { ...remembered, revision: 1 } }), tampered);
  expect(todo).toMatchObject({ because: 'RepairUnreported', repair: true });
});

test('a status that is older than the Secret says so only if the Secret is ahead: behind is tampering', () => {
  const behind: Circumstance = world =>
    world.caches.targets.put(target(synced, { resourceVersion: '6', annotations: { 'shearline.dev/revision': '0' } }));
  expect(decision(synced, behind)).toBe('sync: TargetTampered');
});

test('a plan can be printed, and says nothing that was read', () => {
  const todo = planned(synced.token('t1'));
  expect(JSON.parse(JSON.stringify(todo))).toMatchObject({
    because: 'RotationRequested',
    asked: { rotate: 't1' },
    reads: [{ key: 'etl/db', served: '1' }],
  });
});

test('a cluster source that serves the namespace no longer refuses before anything is read', () => {
  const closed: Circumstance = world => {
    world.api.put('clustersecretsources', clusterSource('vault-prod', { namespaces: { names: ['other'] } }));
  };
  const builder = synced.spec({ sourceRef: { kind: 'ClusterSecretSource', name: 'vault-prod' } });
  expect(decision(builder, closed)).toBe('refuse: NamespaceNotAllowed');
});
