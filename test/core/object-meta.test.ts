import { expect, test } from '@jest/globals';
import { parseMetadataObject, parseObjectMeta } from '../../src/core/object-meta.ts';

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
