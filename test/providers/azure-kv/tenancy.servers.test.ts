import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Team, teams } from '../../conformance/harness.ts';
import { Stage } from '../../conformance/stage.ts';
import { tenancy } from '../../conformance/tenancy.ts';
import { clientIds, harnessOf, startFor } from './harness.ts';

const ownKey = (team: Team): string => `of-${team}`;

/** One vault, in which each team's application has the role on its own secret, and on no other. */
const stage = new Stage(async cluster => {
  const azure = await startFor(cluster);
  for (const team of teams) azure.access.assign(clientIds[team], 'Key Vault Secrets User', `secrets/${ownKey(team)}`);
  return { ...(await harnessOf(azure, cluster)), ownKey };
});

beforeAll(() => stage.begin(), 180_000);
afterEach(() => stage.tidy(), 30_000);
afterAll(() => stage.end(), 60_000);

tenancy(stage);
