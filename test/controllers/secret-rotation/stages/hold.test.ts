import { describe, expect, test } from '@jest/globals';
import { hold } from '../../../../src/controllers/secret-rotation/stages/hold.ts';
import type { KubeFault } from '../../../../src/kube/api.ts';
import type { Fields } from '../../builders.ts';
import { inWords, StageWorld } from './run.ts';

const nightly = { app: 'nightly' };
const entry = (kind: string, matchLabels: Fields = nightly) => ({ kind, selector: { matchLabels } });
const world = (rest: Fields, ...kinds: readonly unknown[]) =>
  new StageWorld(hold, { hold: { while: kinds, maxHold: '4h', ...rest } });

const put = (of: StageWorld, plural: string, name: string, rest: Fields = {}, labels: Fields = nightly) =>
  of.api.put(plural, { ...rest, metadata: { name, namespace: 'etl', labels } });
/** No literal has a property `then`, for somebody might await it. */
const afterwards = (then: string): Fields => Object.fromEntries([['then', then]]);
const finished = (type: string) => ({ status: { conditions: [{ type, status: 'True' }] } });
const spark = (state: string) => ({ status: { applicationState: { state, errorMessage: 'CANARY' } } });

describe.each<[string, string, readonly [what: string, object: Fields, waits: boolean][]]>([
  [
    'Job',
    'jobs',
    [
      ['was just made', {}, true],
      ['is suspended', { spec: { suspend: true }, ...finished('Suspended') }, true],
      ['is about to fail', finished('FailureTarget'), true],
      ['has succeeded', finished('Complete'), false],
      ['has failed', finished('Failed'), false],
    ],
  ],
  [
    'Pod',
    'pods',
    [
      ['waits for a node', { status: { phase: 'Pending' } }, true],
      ['runs', { status: { phase: 'Running' } }, true],
      ['is lost with its node', { status: { phase: 'Unknown' } }, true],
      ['has succeeded', { status: { phase: 'Succeeded' } }, false],
      ['has failed', { status: { phase: 'Failed' } }, false],
    ],
  ],
  [
    'SparkApplication',
    'sparkapplications',
    [
      ['was just made', {}, true],
      ...[
        '',
        'SUBMITTED',
        'RUNNING',
        'SUBMISSION_FAILED',
        'PENDING_RERUN',
        'INVALIDATING',
        'SUCCEEDING',
        'FAILING',
        'SUSPENDING',
        'RESUMING',
        'UNKNOWN',
        'OF_TOMORROW',
      ].map((state): [string, Fields, boolean] => [`is ${state || 'new'}`, spark(state), true]),
      ...['COMPLETED', 'FAILED', 'SUSPENDED'].map((state): [string, Fields, boolean] => [
        `is ${state}`,
        spark(state),
        false,
      ]),
    ],
  ],
])('%s', (kind, plural, rows) => {
  test.each(rows)('that %s', async (_, object, waits) => {
    const of = world({}, entry(kind));
    put(of, plural, 'one', object);
    put(of, plural, 'other', {}, { app: 'weekly' });
    const said = inWords(await of.advance());
    expect(said).toContain(
      waits ? `waiting ConsumersRunning: waits for ${kind} one to end` : 'passed: nothing that it waits for runs',
    );
    expect(said).not.toContain('CANARY');
  });
});

test('the message names what runs, up to a few', async () => {
  const of = world({}, entry('Pod'), entry('Job'));
  for (const name of ['a', 'b', 'c', 'd', 'e']) put(of, 'pods', name);
  put(of, 'jobs', 'export');
  expect(inWords(await of.advance())).toContain('waits for 5 Pods (a, b, c, ...), Job export to end');
});

test('a selector that finds nothing passes, and is named', async () => {
  const of = world({}, entry('Pod'), entry('Job', { app: 'weekly', team: 'dwh' }));
  put(of, 'pods', 'a', { status: { phase: 'Succeeded' } });
  expect(inWords(await of.advance())).toBe(
    'passed: nothing that it waits for runs; no Pod that runs has the labels app=nightly; no Job has the labels app=weekly,team=dwh',
  );
});

test.each<[string, KubeFault, string]>([
  [
    'the CRD of SparkApplications',
    { kind: 'unavailable', notServed: true },
    'waiting KindNotServed: the API server has no SparkApplication',
  ],
  [
    'the right',
    { kind: 'refused', cause: 'forbidden' },
    'waiting RbacMissing: the operator may not list sparkapplications in namespace etl: set rotation.enabled in its chart, which allows {apiGroups: ["sparkoperator.k8s.io"]',
  ],
  ['an API server', { kind: 'unavailable' }, 'again: '],
])('without %s nobody says that nothing runs', async (_, fault, expected) => {
  const of = world({}, entry('SparkApplication'));
  of.api.refuse('list sparkapplications', fault);
  expect(inWords(await of.advance())).toContain(expected);
});

describe('what never ends', () => {
  test.each<[string, Fields, number, string]>([
    ['holds until maxHold', {}, 4 * 3600 - 1, 'waiting ConsumersRunning'],
    ['fails then', {}, 4 * 3600, 'failed HoldTooLong: held for maxHold, and it still waits for Pod a to end'],
    ['fails then, said in full', afterwards('Fail'), 4 * 3600, 'failed HoldTooLong'],
    [
      'is passed over then, where that is asked for',
      afterwards('Switch'),
      4 * 3600,
      'passed: held for maxHold, and it still waits for Pod a to end; published',
    ],
    ['holds for four hours where nothing is said', { maxHold: undefined }, 4 * 3600 - 1, 'waiting ConsumersRunning'],
    ['and not longer', { maxHold: undefined }, 4 * 3600, 'failed HoldTooLong'],
  ])('%s', async (_, rest, seconds, expected) => {
    const of = world(rest, entry('Pod')).later(seconds);
    put(of, 'pods', 'a');
    expect(inWords(await of.advance())).toContain(expected);
  });

  test('a right that is missing is no reason to hold longer', async () => {
    const of = world(afterwards('Switch'), entry('Pod')).later(4 * 3600);
    of.api.refuse('list pods', { kind: 'refused', cause: 'forbidden' });
    expect(inWords(await of.advance())).toContain('passed: held for maxHold, and it still the operator may not list');
  });
});

test.each([
  ['often at first', 0, 2000],
  ['seldom after a while', 3600, 30_000],
  ['at maxHold', 4 * 3600 - 5, 5000],
])('it looks %s', async (_, seconds, lookAgainMs) => {
  const of = world({}, entry('Pod')).later(seconds);
  put(of, 'pods', 'a');
  expect(await of.advance()).toMatchObject({ kind: 'waiting', lookAgainMs });
});

describe('page by page', () => {
  const pages = (...all: readonly { items: Fields[]; metadata?: Fields }[]) => {
    const of = world({}, entry('Job'));
    const asked: unknown[] = [];
    of.api.list = async (_, __, page) => {
      asked.push(page.continue);
      return { ok: true, value: all[asked.length - 1] ?? { items: [], metadata: { continue: 'for ever' } } };
    };
    return { of, asked };
  };
  const ended = { metadata: { name: 'old' }, ...finished('Complete') };

  test('what runs is found behind what has ended', async () => {
    const { of, asked } = pages(
      { items: [ended], metadata: { continue: 'two' } },
      { items: [ended, { metadata: { name: 'new' } }], metadata: { continue: 'three' } },
    );
    expect(inWords(await of.advance())).toContain('waits for more than 1 Jobs (new, ...) to end');
    expect(asked).toEqual([undefined, 'two']);
  });

  test('too much to look at is not taken for nothing', async () => {
    const { of, asked } = pages();
    expect(inWords(await of.advance())).toContain('waits for what runs beside 0 Jobs that have ended, too many');
    expect(asked).toHaveLength(50);
  });
});
