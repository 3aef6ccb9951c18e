import { describe, expect, test } from '@jest/globals';
import { parseSecretRotation, type SecretRotation } from '../../../src/api/secret-rotation/secret-rotation.ts';
import { turnOf } from '../../../src/controllers/secret-rotation/turn.ts';
import { objectKey } from '../../../src/core/object-key.ts';
import type { Fields } from '../fields.ts';
import { readable } from '../objects.ts';
import { approved } from './run-world.ts';

const time = '2026-01-01T00:00:00Z';
const held = { time, run: 3, revision: 8, from: 7, state: 'Held', generation: 1 } as const;
const at = (stage: string, ...passed: readonly string[]): Fields => ({
  stage,
  stages: [...passed.map(name => ({ name, start: time, end: time })), { name: stage, start: time }],
});
const owner = {
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'SecretReference',
  name: 'db',
  uid: 'uid-db',
  controller: true,
};
const record = (status: Fields = {}, spec: Fields = {}, owners: readonly Fields[] = [owner]): SecretRotation =>
  readable(
    parseSecretRotation({
      metadata: {
        name: 'db-3',
        namespace: 'etl',
        uid: 'uid-run',
        resourceVersion: '1',
        generation: 1,
        ownerReferences: owners,
      },
      spec: { reference: 'db', run: 3, revision: 8, ...spec },
      status,
    }),
  );
const approval = { decision: 'Approved', by: 'ada' };
const publish = { kind: 'publish', revision: 8, state: 'Published' };
const goBack = { kind: 'publish', revision: 7, state: 'RolledBack' };
const ended = { result: 'Failed', reason: 'ApprovalDenied', message: 'denied by ada', time };

describe('what a record lets its reference do', () => {
  test.each<[string, object, SecretRotation | undefined, object]>([
    ['nothing yet, while there is no record', held, undefined, { kind: 'look' }],
    ['nothing yet, before its first stage', held, record(), { kind: 'look' }],
    ['look for newer values while nobody has judged', held, record(at('Approval')), { kind: 'look' }],
    ['look for newer values while a Job judges', held, record(at('Validate')), { kind: 'look' }],
    ['look for newer values while only time is waited for', held, record(at('Window')), { kind: 'look' }],
    [
      'keep what was approved, before the record says more',
      held,
      record(at('Approval'), { approval }),
      { kind: 'fixed' },
    ],
    ['keep what was approved until the window opens', held, record(at('Window', 'Approval')), { kind: 'fixed' }],
    [
      'keep what was validated while somebody is to approve it',
      held,
      record(at('Approval', 'Validate')),
      { kind: 'fixed' },
    ],
    ['publish', held, record(at('Publish', 'Approval')), publish],
    ['publish, though the record was faster', held, record(at('Restart', 'Approval', 'Publish')), publish],
    [
      'wait for the end once it is published',
      { ...held, state: 'Published' },
      record(at('Restart')),
      { kind: 'fixed' },
    ],
    [
      'wait while its record does not say yet that it may be published',
      { ...held, state: 'Published' },
      record(at('Approval')),
      { kind: 'fixed' },
    ],
    ['wait while that has not arrived', { ...held, state: 'RolledBack' }, undefined, { kind: 'fixed' }],
    ['put back what was before', { ...held, state: 'Published' }, record(at('Rollback')), goBack],
    ['wait for the end once that is back', { ...held, state: 'RolledBack' }, record(at('Rollback')), { kind: 'fixed' }],
    [
      'answer at the end',
      held,
      record({ ...at('Approval'), ...ended }),
      { kind: 'end', run: 3, ...ended, time: undefined },
    ],
    ['look for newer values once that was answered', { ...held, result: 'Failed' }, record(ended), { kind: 'look' }],
    ['nothing, as it is of another value', held, record(at('Publish'), { revision: 9 }), { kind: 'taken' }],
    ['nothing, as it is of another run', held, record(at('Publish'), { run: 2 }), { kind: 'taken' }],
    [
      'nothing, as it is of an earlier reference',
      held,
      record(at('Publish'), {}, [{ ...owner, uid: 'x' }]),
      { kind: 'taken' },
    ],
    ['nothing, as nobody owns it', held, record(at('Publish'), {}, []), { kind: 'taken' }],
    ['nothing, as its spec cannot be read', held, record(at('Publish'), { run: 'x' }), { kind: 'taken' }],
    [
      'nothing, as it does not say who asked',
      { ...held, requestedBy: 'eve' },
      record(at('Publish')),
      { kind: 'taken' },
    ],
  ])('%s', (_, candidate, seen, turn) => {
    const { parsed } = approved()
      .synced()
      .status({ candidate: { ...held, ...candidate } });
    const records = { get: (key: string) => (key === objectKey('etl', 'db-3') ? seen : undefined) };
    const { time: __, ...wanted } = { time: undefined, ...turn };
    expect(turnOf(parsed, records)).toEqual(wanted);
  });

  test('without a run there is none to ask', () => {
    const get = () => {
      throw new Error('asked');
    };
    expect(turnOf(approved().synced().parsed, { get })).toEqual({ kind: 'look' });
    expect(turnOf(approved().synced().status({ candidate: { time } }).parsed, { get })).toEqual({ kind: 'look' });
  });
});
