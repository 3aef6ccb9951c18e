import { expect, test } from '@jest/globals';
import { sourceChecker } from '../../src/controllers/secret-source/check.ts';
import { slotsOf } from '../../src/operator/leader-state.ts';
import type { Fields } from '../controllers/fields.ts';
import { parsedSource, source, vaultSpec } from '../controllers/objects.ts';

const checkSource = sourceChecker({
  allowOperatorIdentity: false,
  operatorNamespace: 'shearline-system',
  closedAddress: () => undefined,
});
const awsSm = { awsSm: { region: 'eu-west-1', auth: { webIdentity: { serviceAccountRef: { name: 'etl-reader' } } } } };

test.each<[string, Fields, number]>([
  ['one that answers one read a call', vaultSpec(), 4 * (1 + 1)],
  ['one that answers twenty', awsSm, 4 * (20 + 1)],
  ['one whose spec is wrong: it is not read', {}, 4 * (1 + 1)],
])('as many reconciles as fill the calls of their store, and some that write: %s', (_, provider, concurrency) => {
  const reads = parsedSource(source('store', { provider }));
  expect(slotsOf(reads, { checkSource, config: { sourceConcurrency: 4 } })).toEqual({
    uid: 'uid-source-store',
    concurrency,
  });
});
