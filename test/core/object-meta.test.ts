import { describe, expect, test } from '@jest/globals';
import {
  keepOnly,
  lastApplied,
  parseMetadataObject,
  parseObjectMeta,
  withoutBulk,
} from '../../src/core/object-meta.ts';
import { canary } from '../canary.ts';

const least = { name: 'a', uid: 'u', resourceVersion: '1' };
const empty = { labels: {}, annotations: {}, ownerReferences: [], finalizers: [] };

test('what Kubernetes leaves out has one form', () => {
  expect(parseObjectMeta(least)).toEqual({ ...least, namespace: '', generation: 0, creationTimestamp: '', ...empty });
});

test('everything that decisions are made on is kept, and nothing else', () => {
  const metadata = {
    ...least,
    namespace: 'etl',
    generation: 3,
    creationTimestamp: '2026-01-01T00:00:00Z',
    deletionTimestamp: '2026-01-02T00:00:00Z',
    labels: { a: 'b' },
    annotations: { c: 'd' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'x', controller: true }],
    finalizers: ['f'],
  };
  expect(parseObjectMeta({ ...metadata, managedFields: [{ manager: 'kubectl' }], selfLink: '/a' })).toEqual(metadata);
});

test.each([undefined, null, 'a', 3, [], {}, { ...least, uid: 3 }, { name: 'a', uid: 'u' }])(
  'names no object: %j',
  raw => {
    expect(parseObjectMeta(raw)).toBeUndefined();
    expect(parseMetadataObject({ metadata: raw })).toBeUndefined();
  },
);

test('parts of the wrong shape are left out, and the rest is read', () => {
  const raw = {
    ...least,
    labels: { a: 1 },
    annotations: 'x',
    ownerReferences: [3, { kind: 'Pod' }],
    finalizers: ['f', 1],
  };
  expect(parseObjectMeta(raw)).toMatchObject({ ...empty, finalizers: ['f'] });
});

test('a whole object is read for its metadata', () => {
  expect(parseMetadataObject({ kind: 'Secret', metadata: least, data: {} })).toMatchObject({ metadata: least });
});

describe('what a cache holds of labels and annotations', () => {
  const meta = (annotations: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> = {}) => {
    const parsed = parseObjectMeta({ name: 'a', uid: 'u', resourceVersion: '1', labels, annotations });
    if (parsed === undefined) throw new Error('no metadata');
    return parsed;
  };

  test('are those that somebody reads, and no name of every object', () => {
    const { labels, annotations } = keepOnly(meta({ read: '1', note: 'x' }, { team: 'etl' }), {
      annotations: ['read', 'toString', 'absent'],
    });
    expect({ labels, annotations }).toEqual({ labels: { team: 'etl' }, annotations: { read: '1' } });
  });

  test('of a Secret are all while those of others are small', () => {
    const small = meta({ 'shearline.dev/owner': 'x'.repeat(9000), note: 'y'.repeat(4000) });
    expect(withoutBulk(small)).toBe(small);
  });

  test('of a Secret are not the values that kubectl keeps in one, however small; that it is there can be seen', () => {
    const annotations = { [lastApplied]: `{"data":"${canary}"}`, 'shearline.dev/owner': 'us', note: 'y' };
    expect(withoutBulk(meta(annotations)).annotations).toEqual({ ...annotations, [lastApplied]: '' });
  });

  test.each([
    ['one large one', { note: 'y'.repeat(5000) }],
    ['many small ones', Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`note-${n}`, 'y']))],
  ])('of a Secret with %s of others are ours, and the mark that there is more', (_, others) => {
    expect(withoutBulk(meta({ 'shearline.dev/owner': 'us', ...others })).annotations).toEqual({
      'shearline.dev/owner': 'us',
      [lastApplied]: '',
    });
  });
});
