import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import type { ProviderSession } from '../../../src/providers/provider.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { allow } from '../../servers/aws/aws.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { bound, byAnnotation, startTeamsAccount, type TeamsAccount } from '../aws/account.ts';
import { entrance } from '../aws/enter.ts';
import { faultText, never } from '../aws/rig.ts';
import { hands } from './hands.ts';

let cluster: ConformanceCluster;
let account: TeamsAccount;
let session: ProviderSession;
let from: ReturnType<typeof entrance>;

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  const actions = ['GetSecretValue', 'BatchGetSecretValue', 'ListSecrets'].map(name => `secretsmanager:${name}`);
  account = await startTeamsAccount(cluster, () => [allow(actions, '*')]);
  from = entrance(cluster);
  const entered = await from.enter(bound(awsSm, { ...account.place, auth: byAnnotation }));
  if (!entered.ok) throw new Error(entered.fault.message);
  session = entered.value;
}, 120_000);
afterAll(async () => {
  await from?.leave();
  await account?.aws.stop();
  await cluster?.close();
}, 30_000);

test('a name with a "/" in front is read alone, with others and in lists, and is another secret than that without', async () => {
  const { put } = hands(account.aws);
  const names = ['/etl/db', 'etl/db', '/top'];
  for (const name of names) await put(name, `of ${name}`);
  const texts = async (requests: readonly string[]) => {
    const answers =
      (await session.readMany?.(
        requests.map(key => ({ key })),
        never,
      )) ?? [];
    return answers.map(answer => (answer.ok ? answer.value.value.revealText() : faultText(answer)));
  };
  const before = account.aws.seen().length;
  expect(await texts(names)).toEqual(names.map(name => `of ${name}`));
  expect(account.aws.seen().slice(before)).toMatchObject([{ keys: 3 }]);
  expect(await texts(['/etl/db'])).toEqual(['of /etl/db']);
  expect(await texts(['top'])).toEqual([expect.stringMatching(/^KeyNotFound: .* has no top$/)]);
  expect(await session.list?.({ prefix: '/', tags: {}, limit: 10 }, never)).toMatchObject({
    ok: true,
    value: expect.arrayContaining(['/etl/db', '/top']),
  });
});
