import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { absence } from './absence.ts';
import { batches } from './batches.ts';
import type { ConformanceCluster } from './cluster.ts';
import { type Feature, features } from './features.ts';
import type { Harness } from './harness.ts';
import { identities } from './identities.ts';
import { keys } from './keys.ts';
import { leaks } from './leaks.ts';
import { lists } from './lists.ts';
import { Stage } from './stage.ts';
import { tenancy } from './tenancy.ts';
import { trouble } from './trouble.ts';
import { values } from './values.ts';
import { versions } from './versions.ts';

/**
 * The suite that each provider runs, against a real server or a faithful one. It is never skipped; what the store lacks
 * is named, and the promises that need it are not made.
 */
export function conformance(
  name: string,
  start: (cluster: ConformanceCluster) => Promise<Harness>,
  { lacks = [] }: { readonly lacks?: readonly Feature[] } = {},
): void {
  describe(`${name} keeps the promises of every provider`, () => {
    const stage = new Stage(start, lacks);
    beforeAll(() => stage.begin(), 180_000);
    afterEach(() => stage.tidy(), 30_000);
    afterAll(() => stage.end(), 60_000);

    for (const promises of [features, values, versions, keys, absence, trouble, identities, tenancy, batches, lists])
      promises(stage);
    leaks(stage);
  });
}
