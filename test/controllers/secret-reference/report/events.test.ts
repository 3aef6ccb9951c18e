import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../../src/controllers/secret-reference/nouns/outcome.ts';
import { eventsOf } from '../../../../src/controllers/secret-reference/report/events.ts';
import { statusAfter } from '../../../../src/controllers/secret-reference/report/report.ts';
import { absent, accessDenied, type Fault } from '../../../../src/core/fault.ts';
import type { EventNote } from '../../../../src/kube/api.ts';
import { type ReferenceBuilder, reference, start } from '../../builders.ts';
import { type Facts, syncedOutcome } from '../../outcomes.ts';
import { World } from '../../world.ts';

function notes(builder: ReferenceBuilder, decide: (world: World) => Outcome): readonly EventNote[] {
  const world = new World(builder);
  const outcome = decide(world);
  return eventsOf(world.observe(), outcome, statusAfter(world.observe(), outcome, start.wall));
}
const synced = reference().synced();
const failing = (fault: Fault) => (): Outcome => ({ kind: 'failed', fault });
const writing = (facts: Facts) => (world: World) => syncedOutcome(world, { contentChanged: true, ...facts });

describe('a write is reported', () => {
  test.each<[string, ReferenceBuilder, Facts, string, string]>([
    [
      'as Synced',
      reference(),
      { because: 'NeverSynced', change: 'created' },
      'Synced',
      'created Secret db (revision 2)',
    ],
    ['as Synced', synced, {}, 'Synced', 'updated Secret db (revision 2)'],
    ['as Rotated', synced.token('t1'), {}, 'Rotated', 'rotated Secret db to revision 2'],
    ['as Synced, when force-sync asked', synced.forceSync('f1'), {}, 'Synced', 'updated Secret db (revision 2)'],
    ['as Repaired', synced, { because: 'TargetTampered' }, 'Repaired', 'put Secret db back (revision 2)'],
    [
      'as Repaired with what is newest',
      synced,
      { because: 'TargetMissing', movedOn: true },
      'Repaired',
      'put Secret db back with the newest versions, because those that it was served from are gone (revision 2)',
    ],
  ])('%s', (_, builder, facts, reason, text) => {
    expect(notes(builder, writing(facts))).toMatchObject([{ type: 'Normal', reason, note: text }]);
  });

  test('with the object that it is about', () => {
    const [note] = notes(reference(), writing({}));
    expect(note?.regarding).toEqual({
      apiVersion: 'shearline.dev/v1alpha1',
      kind: 'SecretReference',
      name: 'db',
      namespace: 'etl',
      uid: 'uid-db',
      resourceVersion: expect.any(String),
    });
  });
});

describe('nothing is reported', () => {
  test.each<[string, ReferenceBuilder, (world: World) => Outcome]>([
    ['when nothing was written', synced, world => syncedOutcome(world)],
    ['when a rotation found nothing newer', synced.token('t1'), world => syncedOutcome(world)],
    ['when it is suspended', synced.suspended(), () => ({ kind: 'suspended' })],
  ])('%s', (_, builder, decide) => {
    expect(notes(builder, decide)).toEqual([]);
  });

  test('when the same failure goes on', () => {
    const fault = accessDenied('as it was');
    expect(notes(synced.failing('AccessDenied'), failing(fault))).toEqual([]);
  });
});

describe('a failure is reported', () => {
  test.each([
    ['when it is the first', synced],
    ['when it is another one', synced.failing('ProviderUnavailable')],
    ['when it says something else', synced.failing('AccessDenied')],
  ])('%s', (_, builder) => {
    expect(notes(builder, failing(accessDenied('vault refused access to etl/db')))).toMatchObject([
      { type: 'Warning', action: 'Sync', reason: 'AccessDenied', note: 'vault refused access to etl/db' },
    ]);
  });
});

describe('a deletion is reported', () => {
  const gone = (deleted: boolean) => (): Outcome => ({
    kind: 'gone',
    fault: absent('KeyNotFound', 'no etl/db'),
    deleted,
  });

  test('with its cause', () => {
    expect(notes(synced, gone(true))).toMatchObject([
      { type: 'Warning', action: 'Delete', reason: 'KeyNotFound', note: 'Secret db was deleted: no etl/db' },
    ]);
  });

  test('as what it is when only keys were taken out', () => {
    expect(notes(synced.merging(), gone(true))).toMatchObject([
      { note: 'the keys were taken out of Secret db: no etl/db' },
    ]);
  });

  test('only when something was deleted', () => {
    expect(notes(synced, gone(false))).toMatchObject([{ action: 'Sync', note: 'no etl/db' }]);
    expect(notes(synced.failing('KeyNotFound').status({}), gone(false))).toHaveLength(1);
  });
});

describe('a token that cannot be used is reported', () => {
  const refused = async (world: World): Promise<readonly string[]> => {
    await world.reconcile();
    return world.events.splice(0).flatMap(({ reason, note }) => (reason === 'TokenRefused' ? [note] : []));
  };

  test('once, with the annotation that has it, and without its text', async () => {
    const world = new World(synced.forceSync('a\nb'));
    expect(await refused(world)).toEqual([expect.stringContaining('force-sync')]);
    expect(await refused(world)).toEqual([]);
  });

  test('not at all when it can', async () => {
    expect(await refused(new World(synced.token('t1')))).toEqual([]);
  });
});
