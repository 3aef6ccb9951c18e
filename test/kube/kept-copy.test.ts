import { expect, test } from '@jest/globals';
import { withoutKeptCopy } from '../../src/kube/kept-copy.ts';

const canary = 'CANARY-7f3a';

test('what kubectl keeps of an applied Secret is not kept here, and the other annotations are', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': canary, 'shearline.dev/owner': 'x' };
  const raw = { kind: 'PartialObjectMetadata', metadata: { name: 'a', annotations } };
  expect(withoutKeptCopy(raw)).toEqual({
    kind: 'PartialObjectMetadata',
    metadata: { name: 'a', annotations: { 'shearline.dev/owner': 'x' } },
  });
});

test.each([undefined, null, 7, {}, { metadata: null }, { metadata: { annotations: { a: 'b' } } }])(
  'anything else stays as it is: %j',
  raw => {
    expect(withoutKeptCopy(raw)).toBe(raw);
  },
);
