import { describe, expect, test } from '@jest/globals';
import { observe } from '../../../src/controllers/secret-reference/observe.ts';
import { plan } from '../../../src/controllers/secret-reference/plan.ts';
import { objectKey } from '../../../src/core/object-key.ts';
import type { RefusalCause } from '../../../src/kube/api.ts';
import { canary } from '../../canary.ts';
import { hour, password, start } from '../builders.ts';
import { type Fields, fieldsOf } from '../fields.ts';
import { readable } from '../objects.ts';
import { approved, RunWorld } from './run-world.ts';

const time = '2026-01-01T00:00:00Z';
/** Closed until two: the worlds begin at midnight. */
const window = { schedule: '0 2 * * *', duration: '4h' };

describe('a newer value that somebody has to approve', () => {
  test('is acquired as a revision, and no consumer sees it', async () => {
    const run = await RunWorld.asked();
    expect(run.served).toEqual([password, 1]);
    expect(run.world.secret('db-r2')).toEqual({ password: run.newer(2) });
    expect(run.state()).toBe('Approval ApprovalPending');
    expect(run.world.status()).toMatchObject({
      candidate: { run: 1, revision: 2, from: 1, rotate: 't1', state: 'Held', remote: [{ version: '2' }] },
      runs: 1,
      newestRevision: 2,
    });
    expect(run.world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True RotationPending' });
    expect(run.world.status()?.rotation?.lastHandled).toBeUndefined();
    expect(run.world.eventReasons()).toEqual(['Normal RotationPending', 'Normal ApprovalPending']);
  });

  test('is published as it was approved, though the store has moved on, and who asked is answered at the end', async () => {
    const run = await RunWorld.asked();
    run.world.store.put('etl/db', { password: run.newer(3) });
    run.world.forget();
    await run.decide('Approved');
    expect([run.served, run.ended]).toEqual([[run.newer(2), 2], ['Rotated']]);
    expect(run.world.api.writes).toEqual([
      'patch secretrotations/db-1/status',
      'update secrets/db',
      'patch secretreferences/db/status',
      'patch secretrotations/db-1/status',
      'patch secretreferences/db/status',
    ]);
    expect(run.world.store.reads).toEqual([]);
    expect(run.record()?.status).toMatchObject({
      stages: [{ name: 'Approval', message: 'approved by ada' }, { name: 'Publish' }],
      ...{ from: 1, to: 2, result: 'Rotated' },
    });
    expect(run.world.status()).toMatchObject({
      rotation: { lastHandled: 't1', lastSucceeded: 't1', result: 'Rotated' },
      remote: [{ version: '2' }],
    });
    expect(run.world.status()?.candidate).toBeUndefined();
    expect(run.world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'True Synced' });
    await run.refresh();
    expect(run.world.status()?.candidate).toMatchObject({ run: 2, revision: 3 });
  });

  test('found by a refresh waits as well, and costs a write no second time', async () => {
    const run = await RunWorld.synced();
    run.world.store.put('etl/db', { password: run.newer(2) });
    await run.refresh();
    expect([run.served, run.state()]).toEqual([[password, 1], 'Approval ApprovalPending']);
    run.world.forget();
    await run.refresh();
    await run.reconcile();
    expect([run.world.api.writes, run.world.events]).toEqual([[], []]);
  });

  test('that is denied stays away: consumers keep what they have, and the same value is not tried again', async () => {
    const run = await RunWorld.asked();
    await run.decide('Denied');
    expect([run.served, run.state()]).toEqual([[password, 1], 'Failed ApprovalDenied']);
    expect(run.world.status()?.rotation).toMatchObject({
      lastHandled: 't1',
      ...{ result: 'Failed', reason: 'ApprovalDenied' },
    });
    expect(run.world.status()?.rotation?.lastSucceeded).toBeUndefined();
    expect(run.world.conditions()).toEqual({ Ready: 'True Synced', Synced: 'True RotationFailed' });
    run.world.forget();
    await run.refresh();
    expect([run.world.api.writes, run.record(2), run.ended]).toEqual([[], undefined, ['Failed']]);
  });

  test('that was denied is tried again when somebody asks again, or when the store has another', async () => {
    const run = await RunWorld.asked();
    await run.decide('Denied');
    await run.ask('t2');
    expect([run.state(2), run.world.status()?.candidate?.revision]).toEqual(['Approval ApprovalPending', 2]);
    await run.decide('Denied', 2);
    run.world.store.put('etl/db', { password: run.newer(3) });
    await run.refresh();
    await run.decide('Approved', 3);
    expect(run.served).toEqual([run.newer(3), 3]);
  });

  test.each([
    ['the value is newer', (run: RunWorld) => void run.world.store.put('etl/db', { password: run.newer(3) }), 3],
    ['somebody else has asked', () => undefined, 2],
  ])('makes way while nobody has judged it, when %s', async (_, happens, revision) => {
    const run = await RunWorld.asked();
    happens(run);
    await run.ask('t2');
    expect([run.state(1), run.state(2)]).toEqual(['Superseded Superseded', 'Approval ApprovalPending']);
    await run.decide('Approved', 1);
    expect(run.served).toEqual([password, 1]);
    await run.decide('Approved', 2);
    expect(run.served).toEqual([run.newer(revision), revision]);
    expect(run.world.status()?.rotation).toMatchObject({ lastSucceeded: 't2', result: 'Rotated' });
    expect(run.ended).toEqual(['Superseded', 'Rotated']);
  });

  test('keeps on record who asked, whoever brings another value or an edit before anybody has judged it', async () => {
    const run = await RunWorld.synced();
    run.world.store.put('etl/db', { password: run.newer(2) });
    const asked = { 'shearline.dev/rotate': 't1', 'shearline.dev/requested-by': 'eve' };
    run.edit({ metadata: { annotations: asked } });
    await run.settle();
    run.world.store.put('etl/db', { password: run.newer(3) });
    await run.refresh();
    expect([1, 2].map(number => run.record(number)?.spec)).toMatchObject([
      { value: { token: 't1', requestedBy: 'eve', revision: 2 } },
      { value: { token: 't1', requestedBy: 'eve', revision: 3 } },
    ]);
  });

  test('that the store took back ends its run, and who asked learns that there is nothing newer', async () => {
    const run = await RunWorld.asked();
    run.world.store.put('etl/db', { password });
    await run.refresh();
    expect([run.state(), run.world.status()?.candidate]).toEqual(['NoChange Synced', undefined]);
    expect(run.world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'NoChange' });
  });

  test('a token that comes during the run starts the next one, and the run goes on', async () => {
    const run = await RunWorld.asked(approved({ window }));
    await run.decide('Approved');
    expect(run.state()).toBe('Window WindowClosed');
    run.world.store.put('etl/db', { password: run.newer(3) });
    await run.ask('t2');
    await run.ask('t3');
    expect(run.world.status()).toMatchObject({ candidate: { run: 1, revision: 2, rotate: 't1' }, runs: 1 });
    run.world.clock.pass(2 * hour);
    await run.reconcile();
    await run.settle();
    await run.reconcileReference();
    await run.settle();
    expect(run.served).toEqual([run.newer(2), 2]);
    expect(run.world.status()).toMatchObject({
      rotation: { lastHandled: 't1', result: 'Rotated' },
      candidate: { run: 2, revision: 3, rotate: 't3' },
    });
  });

  test('waits for the window behind the approval, and comes again when it opens', async () => {
    const run = await RunWorld.asked(approved({ window }));
    await run.decide('Approved');
    expect(await run.reconcile()).toMatchObject({ kind: 'at', time: start.steady + 10 * 60_000 });
    expect(run.record()?.status?.message).toContain('2026-01-01T02:00:00Z');
  });
});

describe('a record of the name of a run that is not of it', () => {
  const uid = 'uid-db';
  const owner = { apiVersion: 'shearline.dev/v1alpha1', kind: 'SecretReference', name: 'db', uid, controller: true };
  const approval = { decision: 'Approved', by: 'eve' };
  const forged = (spec: Fields, ownerReferences: readonly Fields[] = [owner]): Fields => ({
    apiVersion: 'shearline.dev/v1alpha1',
    kind: 'SecretRotation',
    metadata: { name: 'db-1', namespace: 'etl', uid: 'uid-forged', generation: 1, ownerReferences },
    spec: { reference: 'db', run: 1, revision: 2, ...spec },
  });

  test.each<[string, Fields]>([
    ['that leaves out who asked', forged({ token: 't1', approval })],
    ['of another revision', forged({ requestedBy: 'ada', token: 't1', revision: 1, approval })],
    ['that a backup has brought back', forged({ requestedBy: 'ada', token: 't1', approval }, [])],
  ])('%s is passed by: the run gets the next number, and waits', async (_, record) => {
    const run = await RunWorld.synced();
    run.world.store.put('etl/db', { password: run.newer(2) });
    const asked = { 'shearline.dev/rotate': 't1', 'shearline.dev/requested-by': 'ada' };
    run.world.api.before('create secretrotations/db-1', () => run.world.api.put('secretrotations', record));
    run.edit({ metadata: { annotations: asked } });
    await run.settle();
    expect([run.served, run.state(2)]).toEqual([[password, 1], 'Approval ApprovalPending']);
    expect(run.record(2)?.spec).toMatchObject({ value: { requestedBy: 'ada', token: 't1', revision: 2 } });
    await run.decide('Approved', 2);
    expect([run.served, run.world.status()?.rotation]).toMatchObject([[run.newer(2), 2], { lastSucceeded: 't1' }]);
  });

  test('is passed by as well when it was there before', async () => {
    const run = await RunWorld.synced();
    run.world.api.put('secretrotations', forged({}, []));
    run.world.store.put('etl/db', { password: run.newer(2) });
    await run.ask('t1');
    expect([run.state(2), run.world.secret('db-r3')]).toEqual(['Approval ApprovalPending', undefined]);
  });
});

test('a stage that fails behind publication takes it back: the bytes, the versions, and the answer say so', async () => {
  const run = await RunWorld.asked();
  const record = 'patch secretrotations/db-1/status';
  run.world.api.before('update secrets/db', () => run.killAt('before', record));
  await run.decide('Approved');
  expect(run.served).toEqual([run.newer(2), 2]);
  const [approval, publish] = ['Approval', 'Publish'].map(name => ({ name, start: time, end: time }));
  const restart = {
    name: 'Restart',
    start: time,
    end: time,
    failed: true,
    reason: 'NotReady',
    message: 'no pod is ready',
  };
  run.world.api.change('secretrotations', 'db-1', {
    status: { stage: 'Restart', stages: [approval, publish, restart] },
  });
  await run.restart();
  expect([run.served, run.state(), run.ended]).toEqual([[password, 1], 'RolledBack NotReady', ['RolledBack']]);
  expect(run.record()?.status).toMatchObject({
    message: 'no pod is ready',
    stages: [{}, {}, {}, { name: 'Rollback' }],
  });
  expect(run.world.status()).toMatchObject({
    rotation: { lastHandled: 't1', result: 'RolledBack', reason: 'NotReady', message: 'no pod is ready' },
    candidate: { revision: 2, state: 'RolledBack', result: 'RolledBack' },
    remote: [{ version: '1' }],
  });
  expect(run.world.status()?.rotation?.lastSucceeded).toBeUndefined();
  run.world.forget();
  await run.refresh();
  expect([run.world.api.writes, run.record(2)]).toEqual([[], undefined]);
});

describe('beside a run', () => {
  test('a repair puts back what is served, from its revision and not from the store', async () => {
    const run = await RunWorld.asked();
    run.world.forget();
    run.world.api.change('secrets', 'db', { data: { password: Buffer.from('theirs').toString('base64') } });
    await run.settle();
    run.world.api.remove('secrets', 'db');
    await run.settle();
    expect([run.served, run.world.store.reads]).toEqual([[password, 1], []]);
    expect(run.world.status()?.candidate).toMatchObject({ run: 1, state: 'Held' });
    expect(run.world.status()?.remote).toMatchObject([{ version: '1' }]);
  });

  test('an edit is made at once with what is served, and what waits is rendered again', async () => {
    const run = await RunWorld.asked();
    await run.decide('Approved', 1);
    run.world.store.put('etl/db', { password: run.newer(3) });
    await run.ask('t2');
    run.edit({ metadata: { generation: 2 }, spec: { target: { labels: { edited: 'yes' } } } });
    await run.settle();
    expect([run.served, run.world.secretMetadata().labels.edited]).toEqual([[run.newer(2), 2], 'yes']);
    expect(run.world.status()?.candidate).toMatchObject({ run: 2, revision: 3, generation: 2 });
  });

  test('an approved value that another spec would render otherwise is not published', async () => {
    const run = await RunWorld.asked(approved({ window }));
    await run.decide('Approved');
    run.edit({
      metadata: { generation: 2 },
      spec: { data: [{ secretKey: 'other', remoteRef: { key: 'etl/db', property: 'password' } }] },
    });
    run.world.clock.pass(2 * hour);
    await run.settle();
    expect(run.world.secret()).toEqual({ other: password });
    expect([run.state(1), run.state(2)]).toEqual(['Superseded Superseded', 'Approval ApprovalPending']);
    await run.decide('Approved', 2);
    expect(run.world.secret()).toEqual({ other: `${password}-v2` });
  });

  test('a revision that somebody deletes is acquired again under a name of its own', async () => {
    const run = await RunWorld.asked();
    run.world.api.remove('secrets', 'db-r2');
    await run.settle();
    expect(run.world.status()?.candidate).toMatchObject({ run: 2, revision: 3 });
    await run.decide('Approved', 2);
    expect(run.served).toEqual([run.newer(2), 3]);
  });

  test('one that somebody made again with other bytes is not what was approved, and reaches nobody', async () => {
    const run = await RunWorld.asked(approved({ window }));
    await run.decide('Approved');
    swap(run, 'db-r2');
    run.world.clock.pass(2 * hour);
    await run.reconcile();
    await run.settle();
    expect([run.served, run.state(2)]).toEqual([[password, 1], 'Approval ApprovalPending']);
    await run.decide('Approved', 2);
    expect(run.served).toEqual([run.newer(2), 3]);
  });

  test('nor does a repair put it back', async () => {
    const run = await RunWorld.asked();
    swap(run, 'db-r1');
    run.world.api.change('secrets', 'db', { data: { password: Buffer.from('theirs').toString('base64') } });
    await run.settle();
    expect([run.world.secret(), run.world.status()?.remote]).toMatchObject([{ password }, [{ version: '1' }]]);
  });

  function swap(run: RunWorld, name: string): void {
    const secret = run.world.api.find('secrets', name);
    run.world.api.remove('secrets', name);
    const data = { password: Buffer.from(`${canary}-swapped`).toString('base64') };
    run.world.api.put('secrets', { ...secret, metadata: { ...fieldsOf(secret?.metadata), uid: 'uid-swapped' }, data });
  }

  test('when the stages go from the spec, the newest is published and the run is over', async () => {
    const run = await RunWorld.asked();
    run.edit({ metadata: { generation: 2 }, spec: { rotation: null } });
    await run.settle();
    expect([run.world.secret(), run.state()]).toEqual([{ password: run.newer(2) }, 'NoChange Synced']);
    expect(run.world.status()?.rotation).toMatchObject({ lastSucceeded: 't1', result: 'Rotated' });
  });

  test('no rollback by hand publishes what nobody has approved', async () => {
    const run = await RunWorld.asked();
    run.world.store.put('etl/db', { password: run.newer(3) });
    await run.ask('t2');
    await run.decide('Denied', 2);
    for (const revision of ['2', '3']) {
      run.edit({ metadata: { annotations: { 'shearline.dev/rollback': revision } } });
      await run.settle();
      expect([run.served, run.world.conditions().Synced]).toEqual([[password, 1], 'False RevisionNotFound']);
    }
    run.edit({ metadata: { annotations: { 'shearline.dev/rollback': null } } });
    await run.ask('t3');
    await run.decide('Approved', 3);
    expect(run.world.status()).toMatchObject({ target: { revision: 3 }, withheld: [2] });
    run.edit({ metadata: { annotations: { 'shearline.dev/rollback': '1' } } });
    await run.settle();
    expect(run.served).toEqual([password, 1]);
  });

  test('records of runs that have ended are kept as many as history says, and that of the candidate', async () => {
    const run = await RunWorld.synced(approved({ history: 2 }));
    for (const version of [2, 3, 4, 5]) {
      run.world.store.put('etl/db', { password: run.newer(version) });
      await run.ask(`t${version}`);
      await run.decide(version === 5 ? 'Denied' : 'Approved', version - 1);
    }
    await run.reconcile();
    expect([1, 2, 3, 4].filter(number => run.record(number))).toEqual([2, 3, 4]);
  });

  test('they are kept for as long as historyAge says, and looked at again when one is to go', async () => {
    const run = await RunWorld.asked(approved({ historyAge: '30m' }));
    await run.decide('Approved');
    const { clock } = run.world;
    expect(await run.reconcile()).toEqual({ kind: 'at', time: clock.steady() + hour / 2, priority: 'low' });
    clock.pass(hour / 2 - 1);
    await run.reconcile();
    expect(run.record()?.status?.result).toBe('Rotated');
    clock.pass(1);
    expect(await run.reconcile()).toEqual({ kind: 'on-change' });
    expect(run.record()).toBeUndefined();
  });

  test('nothing happens while the reference is suspended', async () => {
    const run = await RunWorld.asked();
    run.edit({ metadata: { generation: 2 }, spec: { suspend: true } });
    await run.decide('Approved');
    expect([run.served, run.state()]).toEqual([[password, 1], 'Approval ApprovalPending']);
    run.edit({ metadata: { generation: 3 }, spec: { suspend: false } });
    await run.settle();
    expect(run.served).toEqual([run.newer(2), 2]);
  });
});

describe('what refuses its writes', () => {
  test.each<[RefusalCause, string]>([
    ['quota', 'RecordRefused: Kubernetes refused to create secretrotations in namespace etl: a ResourceQuota'],
    ['admission', 'RecordRefused: Kubernetes refused to create secretrotations in namespace etl: an admission policy'],
    ['forbidden', 'RbacMissing: the operator may not create secretrotations in namespace etl: set rotation.enabled'],
    ['namespace-terminating', 'NamespaceTerminating: namespace etl is being deleted'],
  ])('%s, of the record: an event of the reference says so, and it is made when it may', async (cause, said) => {
    const run = await RunWorld.synced();
    run.world.store.put('etl/db', { password: run.newer(2) });
    run.world.api.refuse('create secretrotations/db-1', { kind: 'refused', cause });
    await run.ask('t1');
    const { type, reason, note } = readable(run.world.events.at(-1));
    expect([type, `${reason}: ${note}`]).toEqual(['Warning', expect.stringContaining(said)]);
    expect([run.served, run.record()]).toEqual([[password, 1], undefined]);
    await run.reconcile();
    await run.settle();
    expect(run.state()).toBe('Approval ApprovalPending');
  });

  test('a full quota, of the revision: the reference says so, and the run begins when there is room', async () => {
    const run = await RunWorld.synced();
    run.world.store.put('etl/db', { password: run.newer(2) });
    run.world.api.refuse('create secrets/db-r2', { kind: 'refused', cause: 'quota' });
    await run.ask('t1');
    expect(run.world.conditions()).toMatchObject({ Ready: 'True Synced', Synced: 'False TargetWriteRefused' });
    expect([run.served, run.record()]).toEqual([[password, 1], undefined]);
    await run.reconcileReference();
    await run.settle();
    expect(run.state()).toBe('Approval ApprovalPending');
    await run.decide('Approved');
    expect(run.served).toEqual([run.newer(2), 2]);
    expect(run.world.api.writes.filter(write => write === 'create secrets/db-r2')).toHaveLength(2);
  });
});

describe('killed', () => {
  const writes = [
    'create secrets/db-r2',
    'patch secretreferences/db/status',
    'create secretrotations/db-1',
    'patch secretrotations/db-1/status',
    'update secrets/db',
  ];
  const cases = writes.flatMap(write => (['before', 'after'] as const).map(when => [when, write] as const));

  test.each(cases)('%s %s, the run ends the same, and nothing is published twice', async (when, write) => {
    const run = await RunWorld.synced();
    run.world.store.put('etl/db', { password: run.newer(2) });
    run.world.forget();
    run.killAt(when, write);
    await run.ask('t1');
    if (run.record() !== undefined) await run.decide('Approved');
    await run.restart();
    if (run.record()?.status?.result === undefined) await run.decide('Approved');
    await run.settle();
    expect([run.served, run.state()]).toEqual([[`${canary}-password-v2`, 2], 'Rotated Synced']);
    expect(run.ended.length).toBeLessThanOrEqual(1);
    expect(run.world.status()).toMatchObject({ runs: 1, newestRevision: 2, rotation: { lastSucceeded: 't1' } });
    expect(run.world.status()?.candidate).toBeUndefined();
    expect(run.world.secret('db-r3')).toBeUndefined();
    expect(run.record(2)).toBeUndefined();
    const changes = run.world.audits.flatMap(each =>
      each.action === 'write' && each.secret === 'etl/db' ? [each] : [],
    );
    expect(changes.length).toBeLessThanOrEqual(1);
  });
});

test('where the operator makes no runs, the stage is refused with what to enable', async () => {
  const { world } = await RunWorld.synced();
  const caches = { ...world.ports.caches, rotations: undefined };
  const observed = readable(observe(objectKey('etl', 'db'), { ...world.ports, caches }));
  expect(plan(observed, { now: start.steady, wall: start.wall, requestedAt: start.steady })).toMatchObject({
    kind: 'refuse',
    fault: { reason: 'RotationNotEnabled', message: expect.stringContaining('rotation.enabled true') },
  });
});
