import { expect, test } from '@jest/globals';
import { isNewer } from '../../src/kube/informer.ts';

test.each([
  ['10', '9', true],
  ['9', '10', false],
  ['7', '7', false],
  ['18446744073709551616', '18446744073709551615', true],
  ['1', '', true],
  ['opaque', '5', true],
  ['5', 'opaque', true],
  ['007', '5', true],
])('whether %j is newer than %j: %j', (a, b, newer) => {
  expect(isNewer(a, b)).toBe(newer);
});
