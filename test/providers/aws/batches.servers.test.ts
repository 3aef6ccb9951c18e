import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { awsSsm } from '../../../src/providers/aws-ssm/index.ts';
import type { BoundProvider } from '../../../src/providers/provider.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { allow } from '../../servers/aws/aws.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { hands as secretHands } from '../aws-sm/hands.ts';
import { hands as parameterHands } from '../aws-ssm/hands.ts';
import { bound, byAnnotation, startTeamsAccount, type TeamsAccount } from './account.ts';
import { entrance } from './enter.ts';
import { faultText, never } from './rig.ts';

let cluster: ConformanceCluster;
let account: TeamsAccount;
let from: ReturnType<typeof entrance>;

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  account = await startTeamsAccount(cluster, () => [
    allow('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:shared/*'),
    allow(['ssm:GetParameter', 'ssm:GetParameters'], 'arn:aws:ssm:*:*:parameter/shared/*'),
  ]);
  from = entrance(cluster);
  const [secrets, parameters] = [secretHands(account.aws), parameterHands(account.aws)];
  for (const name of ['shared/a', 'shared/b', 'hidden/c']) {
    await secrets.put(name, `of ${name}`);
    await parameters.put(`/${name}`, `of ${name}`);
  }
}, 120_000);
afterAll(async () => {
  await from?.leave();
  await account?.aws.stop();
  await cluster?.close();
}, 30_000);

async function enter(provider: (spec: object) => BoundProvider) {
  const session = await from.enter(provider({ ...account.place, auth: byAnnotation }));
  if (!session.ok) throw new Error(session.fault.message);
  /** What came, and how many keys each call asked for. */
  return async (...keys: readonly string[]) => {
    const before = account.aws.seen().length;
    const answers =
      (await session.value.readMany?.(
        keys.map(key => ({ key })),
        never,
      )) ?? [];
    const texts = answers.map(each => (each.ok ? each.value.value.revealText() : faultText(each).replace(/:.*/, '')));
    const calls = account.aws.seen().slice(before);
    return [texts, calls.map(({ keys: count }) => count).join()] as const;
  };
}

describe('Secrets Manager', () => {
  test('without the right to BatchGetSecretValue reads go one by one, and it is asked for once', async () => {
    const read = await enter(spec => bound(awsSm, spec));
    const both = ['of shared/a', 'of shared/b'];
    expect(await read('shared/a', 'shared/b')).toEqual([both, '2,1,1']);
    expect(await read('shared/a', 'shared/b')).toEqual([both, '1,1']);
  });
});

describe('Parameter Store', () => {
  test('one parameter that may not be read fails itself alone, and from then on spoils no other read', async () => {
    const read = await enter(spec => bound(awsSsm, spec));
    const keys = ['shared/a', 'hidden/c', 'shared/b', 'shared/none'];
    const texts = ['of shared/a', 'AccessDenied', 'of shared/b', 'KeyNotFound'];
    expect(await read(...keys)).toEqual([texts, '4,1,1,1,1']);
    const [again, calls] = await read(...keys);
    expect(again).toEqual(texts);
    expect([...calls].toSorted().join('')).toBe(',13');
  });
});
