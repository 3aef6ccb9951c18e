import { describe, expect, test } from '@jest/globals';
import type { Current, Kept, Write } from '../../../../src/controllers/secret-reference/nouns/changes.ts';
import type { DesiredSecret, NoSecret } from '../../../../src/controllers/secret-reference/nouns/desired.ts';
import { fingerprint } from '../../../../src/controllers/secret-reference/nouns/fingerprint.ts';
import type { History } from '../../../../src/controllers/secret-reference/nouns/history.ts';
import { revisionOf } from '../../../../src/controllers/secret-reference/nouns/target-marks.ts';
import { compare } from '../../../../src/controllers/secret-reference/write/compare.ts';
import { SecretValue } from '../../../../src/core/secret-value.ts';
import { password, reference } from '../../builders.ts';
import { type Fields, fieldsOf } from '../../fields.ts';
import { parsedMetadata, target } from '../../objects.ts';
import { unwrap } from '../../outcomes.ts';

const { metadata } = reference().parsed;
const data = new Map([['password', SecretValue.fromText(password)]]);
const owner = target(reference()).metadata;
const ownerReference = parsedMetadata(target(reference())).metadata.ownerReferences[0];

const desired: DesiredSecret = {
  name: 'db',
  namespace: 'etl',
  type: 'Opaque',
  data,
  labels: { 'shearline.dev/managed': 'true' },
  annotations: { 'shearline.dev/owner': 'SecretReference/db/uid-db' },
  ownerReference,
};
const proof = { kind: 'absent', reason: 'KeyNotFound', message: 'gone' } as const;
const none: NoSecret = { kind: 'none', proof };
const history: History = { reference: metadata, revision: 1, token: undefined, last: undefined };

/** The target as the last write left it. */
const current = (fields: Fields = {}, more: Partial<Current> = {}): Current => ({
  metadata: parsedMetadata(target(reference(), fields)).metadata,
  fingerprint: fingerprint('Opaque', data),
  ...more,
});
const other: Partial<Current> = { fingerprint: fingerprint('Opaque', new Map()) };
const frozen: Partial<Current> = { immutable: true };
const immutable = { ...desired, immutable: true };
type Wanted = DesiredSecret | NoSecret;
const compared = (now: Current | undefined, wanted: Wanted = desired, known = history, owned: readonly string[] = []) =>
  compare(
    { current: new Map(now === undefined ? [] : [[now.metadata.name, now]]), owned },
    'kind' in wanted ? wanted : { kind: 'secrets', secrets: [wanted] },
    known,
  );

/** What is done about the one Secret. */
interface Change {
  readonly kind: 'create' | 'recreate' | 'update' | 'delete' | 'keep' | 'nothing';
  readonly write: Write | undefined;
  readonly kept: Kept | undefined;
}
function changed(now: Current | undefined, wanted: Wanted = desired, known = history): Change {
  const { create, update, delete: gone, keep } = unwrap(compared(now, wanted, known));
  expect(create.length + update.length + gone.length + keep.length).toBeLessThan(2);
  const [[created], [updated], [kept]] = [create, update, keep];
  const kinds = [created?.replaces && 'recreate', created && 'create', updated && 'update', kept && 'keep'] as const;
  const kind = kinds.find(each => each !== undefined) ?? (gone.length > 0 ? 'delete' : 'nothing');
  return { kind, write: created ?? updated, kept };
}
const manifestOf = ({ kind, write }: Change) => {
  if (write === undefined) throw new Error(`${kind} writes nothing`);
  return write.manifest;
};

describe('the one write', () => {
  test.each<[Change['kind'], string, Current | undefined, Wanted]>([
    ['create', 'nothing is there', undefined, desired],
    ['keep', 'everything is as it should be', current(), desired],
    ['update', 'the content differs', current({}, other), desired],
    ['update', 'a label of ours is gone', current({ labels: {} }), desired],
    ['update', 'the owner reference is gone', current({ ownerReferences: [] }), desired],
    ['recreate', 'the type differs', current({}, { type: 'kubernetes.io/tls' }), desired],
    ['delete', 'nothing should be there', current(), none],
    ['nothing', 'nothing should be there and nothing is', undefined, none],
    ['keep', 'it is immutable with the right content', current({ labels: {} }, { immutable: true }), desired],
    ['create', 'nothing is there and it shall be immutable', undefined, immutable],
    ['update', 'it shall be immutable and is not', current({}, { immutable: false }), immutable],
    ['update', 'it shall be immutable, is not, and its content differs', current({}, other), immutable],
    ['keep', 'it is immutable, as it shall be', current({}, { immutable: true }), immutable],
    ['update', 'it is immutable, as it shall be, without our label', current({ labels: {} }, frozen), immutable],
    [
      'keep',
      'it is not immutable, as it shall be',
      current({}, { immutable: false }),
      { ...desired, immutable: false },
    ],
    ['delete', 'nothing should be there and it is immutable', current({}, frozen), none],
  ])('is %s when %s', (kind, _, now, wanted) => {
    expect(changed(now, wanted).kind).toBe(kind);
  });

  test.each<[string, Current, Wanted]>([
    ['written', current({ annotations: {}, ownerReferences: [] }), desired],
    ['deleted', current({ annotations: {}, ownerReferences: [] }), none],
  ])('is never made on what is somebody else’s: it is not %s', (_, now, wanted) => {
    expect(compared(now, wanted)).toMatchObject({ ok: false, fault: { reason: 'TargetConflict' } });
  });

  test('cannot be made on an immutable Secret with an older value; the message says how to fix it', () => {
    const refused = compared(current({}, { ...other, immutable: true }));
    expect(refused).toMatchObject({
      ok: false,
      fault: { reason: 'TargetConflict', message: expect.stringContaining('delete it, it is made again at once') },
    });
  });

  test.each<[string, string, Partial<Current>, DesiredSecret, string]>([
    [
      'newer content, which its reference froze',
      'TargetImmutable',
      other,
      immutable,
      'keeps its older value: delete it',
    ],
    ['newer content, which nobody may freeze', 'TargetConflict', other, { ...desired, immutable: false }, 'delete it'],
    ['the wish to be mutable', 'TargetImmutable', {}, { ...desired, immutable: false }, 'lets nobody take that back'],
  ])('is refused to an immutable Secret: %s', (_, reason, now, wanted, says) => {
    expect(compared(current({}, { ...now, ...frozen }), wanted)).toMatchObject({
      ok: false,
      fault: { reason, message: expect.stringContaining(says) },
    });
  });

  test.each([
    [undefined, desired],
    [true, immutable],
    [false, { ...desired, immutable: false }],
  ])('says whether the Secret is immutable: %s', (expected, wanted) => {
    expect(manifestOf(changed(undefined, wanted)).immutable).toBe(expected);
    expect(manifestOf(changed(current({}, other), wanted)).immutable).toBe(expected);
  });

  test('of an update names the very Secret that was looked at; that of a creation names none', () => {
    expect(manifestOf(changed(current({}, other))).metadata).toMatchObject({
      uid: 'uid-secret-db',
      resourceVersion: '5',
    });
    expect(manifestOf(changed(undefined)).metadata).not.toHaveProperty('uid');
    expect(manifestOf(changed(current({}, { type: 'kubernetes.io/tls' }))).metadata).not.toHaveProperty('uid');
  });
});

describe('a set of Secrets', () => {
  const second = { ...desired, name: 'second' };
  const both = { kind: 'secrets', secrets: [desired, second] } as const;
  const names = (writes: readonly Write[]) => writes.map(({ manifest }) => manifest.metadata.name);

  test('is what is wanted: what is missing is made, what differs is updated, and what is owned beside them goes', () => {
    const present = { current: new Map([['db', current({}, other)]]), owned: ['second', 'r1', 'r2'] };
    const all = unwrap(compare(present, both, history));
    expect([names(all.create), names(all.update), all.delete]).toEqual([['second'], ['db'], ['r1', 'r2']]);
    expect(all.keep).toEqual([]);
  });

  test('is refused as a whole when one of them is somebody else’s', () => {
    const theirs = current({ name: 'second', annotations: {}, ownerReferences: [] });
    const present = { current: new Map([['second', theirs]]), owned: ['r1'] };
    expect(compare(present, both, history)).toMatchObject({ ok: false, fault: { reason: 'TargetConflict' } });
  });

  test('is empty when nothing should be there: all that is owned goes', () => {
    expect(unwrap(compared(current(), none, history, ['former'])).delete).toEqual(['db', 'former']);
    expect(unwrap(compared(undefined, none, history, ['former'])).delete).toEqual(['former']);
  });
});

describe('the revision', () => {
  const onTarget = (text: string) => ({
    annotations: { ...fieldsOf(fieldsOf(owner).annotations), 'shearline.dev/revision': text },
  });

  test.each<[string, Current | undefined, number, number]>([
    ['begins with 1', undefined, 0, 1],
    ['goes up by one with the content', current({}, other), 1, 2],
    ['goes on from what status knows when the Secret is gone', undefined, 7, 8],
    ['goes on from the Secret when status is older', current(onTarget('9'), other), 7, 10],
    ['goes on from status when the Secret is older', current(onTarget('3'), other), 7, 8],
    ['stays when only labels differ', current({ labels: {} }), 1, 1],
  ])('%s', (_, now, revision, expected) => {
    const change = changed(now, desired, { ...history, revision });
    expect(manifestOf(change).metadata.annotations['shearline.dev/revision']).toBe(String(expected));
  });

  const wanted = fingerprint('Opaque', data);
  const before = fingerprint('Opaque', new Map());
  test.each<[string, Current | undefined, string, number, boolean]>([
    ['comes back with the content that somebody changed', current({}, other), wanted, 7, false],
    ['comes back with the content of a Secret that is gone', undefined, wanted, 7, false],
    ['comes back when somebody set another one', current(onTarget('99')), wanted, 7, false],
    ['goes up with new content', current(onTarget('7'), other), before, 8, true],
    ['goes up with new content that somebody wrote by hand already', current(onTarget('7')), before, 8, true],
    ['stays that of a write whose answer was lost', current(onTarget('8')), before, 8, false],
  ])('%s', (_, now, lastPrint, expected, contentChanged) => {
    const last = { revision: 7, fingerprint: lastPrint };
    const change = changed(now, desired, { ...history, revision: 7, last });
    if (change.kept) expect(change.kept.revision).toBe(expected);
    else expect(change).toMatchObject({ write: { revision: expected, contentChanged } });
  });

  test.each([
    ['7', 7],
    ['0', 0],
    ['', 0],
    ['-1', 0],
    ['1.5', 0],
    ['1e3', 0],
    ['Infinity', 0],
    ['9999999999999999', 0],
  ])('that is on a target as "%s" is %d', (text, revision) => {
    expect(revisionOf(current(onTarget(text)).metadata)).toBe(revision);
  });
});

describe('the token', () => {
  const asked = { ...history, token: 't1' };

  test('is on the target that was written for it', () => {
    const change = changed(current({}, other), desired, asked);
    expect(manifestOf(change).metadata.annotations['shearline.dev/rotated-for']).toBe('t1');
  });

  test('is not written when the content stays: that would be a write for nothing', () => {
    expect(changed(current(), desired, asked).kind).toBe('keep');
  });
});

describe('labels and annotations', () => {
  const spec = { labels: { team: 'etl' }, annotations: { 'example.com/a': 'b' } };
  const managed = { 'shearline.dev/managed-metadata': '{"labels":["team"],"annotations":["example.com/a"]}' };
  const withSpec: DesiredSecret = {
    ...desired,
    labels: { ...spec.labels, ...desired.labels },
    annotations: { ...spec.annotations, ...desired.annotations, ...managed },
  };
  const before = {
    labels: { ...withSpec.labels, theirs: 'x' },
    annotations: { ...withSpec.annotations, 'shearline.dev/revision': '1', 'theirs.example.com/y': 'z' },
  };

  test('of others stay', () => {
    expect(changed(current(before), withSpec).kind).toBe('keep');
    const { labels, annotations } = manifestOf(changed(current(before, other), withSpec)).metadata;
    expect(labels).toEqual(before.labels);
    expect(annotations).toMatchObject({ 'theirs.example.com/y': 'z' });
  });

  test('that left the spec are removed, with the list of them; those of others still stay', () => {
    const { labels, annotations } = manifestOf(changed(current(before))).metadata;
    expect(labels).toEqual({ 'shearline.dev/managed': 'true', theirs: 'x' });
    expect(annotations).toEqual({ ...desired.annotations, 'shearline.dev/revision': '1', 'theirs.example.com/y': 'z' });
  });

  test.each(['not JSON', 'null', '7', '[]', '{"labels":"team"}', '{"annotations":[7]}'])(
    'stay when the list of ours was tampered with: %s',
    text => {
      const annotations = { ...before.annotations, 'shearline.dev/managed-metadata': text };
      const { labels } = manifestOf(changed(current({ ...before, annotations }))).metadata;
      expect(labels).toMatchObject({ team: 'etl', theirs: 'x' });
    },
  );
});

describe('owner references', () => {
  const app = { apiVersion: 'apps/v1', kind: 'App', name: 'web', uid: 'uid-web' };

  test('of others stay beside ours', () => {
    const change = changed(current({ ownerReferences: [app], annotations: desired.annotations }));
    expect(manifestOf(change).metadata.ownerReferences).toEqual([app, ownerReference]);
  });

  test('of ours go when Owner became Orphan', () => {
    const change = changed(current({ ownerReferences: [app, ownerReference] }), {
      ...desired,
      ownerReference: undefined,
    });
    expect(manifestOf(change).metadata.ownerReferences).toEqual([app]);
  });

  test('of an earlier life are replaced, so that the Secret is not collected', () => {
    const earlier = { ...ownerReference, uid: 'uid-gone' };
    const change = changed(current({ ownerReferences: [earlier] }));
    expect(manifestOf(change).metadata.ownerReferences).toEqual([ownerReference]);
  });
});

test('finalizers of others stay', () => {
  const change = changed(current({ finalizers: ['example.com/f'] }, other));
  expect(manifestOf(change).metadata.finalizers).toEqual(['example.com/f']);
});

test('a change can be printed without its values', () => {
  expect(JSON.stringify([...manifestOf(changed(undefined)).data])).toBe('[["password","[redacted]"]]');
});
