import { expect, test } from '@jest/globals';
import { stripLastApplied } from '../../src/kube/http-source.ts';

const canary = 'CANARY-7f3a';

test('what kubectl keeps of an applied Secret is not kept here; that it is there can be seen', () => {
  const kept = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotations = { [kept]: canary, 'shearline.dev/owner': 'x' };
  const raw = { kind: 'PartialObjectMetadata', metadata: { name: 'a', annotations } };
  expect(stripLastApplied(raw)).toEqual({
    kind: 'PartialObjectMetadata',
    metadata: { name: 'a', annotations: { [kept]: '', 'shearline.dev/owner': 'x' } },
  });
});

test.each([undefined, null, 7, {}, { metadata: null }, { metadata: { annotations: { a: 'b' } } }])(
  'anything else stays as it is: %j',
  raw => {
    expect(stripLastApplied(raw)).toBe(raw);
  },
);
