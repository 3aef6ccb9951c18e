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
  account = await startTeamsAccount(cluster, () => [allow('secretsmanager:GetSecretValue', '*')]);
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

async function passwordOf(key: string, version?: string): Promise<string> {
  const answer = await session.read({ key, ...(version !== undefined && { version }) }, never);
  return answer.ok ? `${answer.value.value.revealText()}` : faultText(answer).replace(/:.*/, '');
}

test('follows the steps of a rotation as RDS does it: the pending password is served to nobody who did not ask for it', async () => {
  const key = 'rds!db-6afcf61b-6e3d-4712-9b8d-8583e4b834ac';
  const { put, moveStage } = hands(account.aws);
  const old = await put(key, 'old');

  const pending = await put(key, 'new', ['AWSPENDING']); // createSecret, setSecret, testSecret
  expect(await passwordOf(key)).toBe('old');
  expect(await passwordOf(key, 'AWSPENDING')).toBe('new');
  expect(await passwordOf(key, pending)).toBe('new');
  expect(await passwordOf(key, 'AWSPREVIOUS')).toBe('VersionNotFound');

  await moveStage(key, 'AWSCURRENT', pending, old); // finishSecret
  expect(await passwordOf(key)).toBe('new');
  expect(await passwordOf(key, 'AWSPREVIOUS')).toBe('old');
  expect(await passwordOf(key, old)).toBe('old');
});

test('a stage of one’s own stays where it was put', async () => {
  const { put, moveStage } = hands(account.aws);
  const first = await put('app/token', 'one');
  await moveStage('app/token', 'release', first);
  await put('app/token', 'two');
  await put('app/token', 'three');
  expect(await passwordOf('app/token', 'release')).toBe('one');
  expect(await passwordOf('app/token')).toBe('three');
});

test('a secret that is restored is served again', async () => {
  const { put, remove, restore } = hands(account.aws);
  await put('app/restored', 'one');
  await remove('app/restored', 'scheduled');
  expect(await passwordOf('app/restored')).toBe('KeyNotFound');
  await restore('app/restored');
  expect(await passwordOf('app/restored')).toBe('one');
});
