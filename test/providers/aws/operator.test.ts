import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { podIdentity } from '../../../src/providers/aws/operator.ts';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { type Answer, json } from '../../servers/answers.ts';
import { canary, faultText, never, type Rig, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(awsSm);
});
afterAll(() => rig.stop());

const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const keys = {
  AccessKeyId: 'ASIA0000000000000000',
  SecretAccessKey: canary,
  Token: `${canary}-token`,
  Expiration: inAnHour,
};

describe('the instance role', () => {
  const auth = { operator: { via: 'InstanceRole' } };
  const roles = 'GET /latest/meta-data/iam/security-credentials/';
  const routes = {
    'PUT /latest/api/token': { kind: 'reply', body: 'of-imds' },
    [roles]: { kind: 'reply', body: 'node-role\n' },
    [`${roles}node-role`]: json({ Code: 'Success', ...keys }),
    GetSecretValue: json({ Name: 'a', VersionId: 'v', SecretString: canary }),
  } as const;

  test('is taken by IMDSv2, and ends when its keys end', async () => {
    rig.answerWith(routes);
    const session = await rig.login(auth);
    expect(faultText(session)).toBe('ok');
    const left = session.ok ? (session.value.expiresAt ?? 0) - rig.ports.clock.steady() : 0;
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    expect(session.ok && (await session.value.read({ key: 'a' }, never)).ok).toBe(true);
    const sent = rig.standIn.requests.slice(-4);
    expect(sent.slice(1, 3).map(({ headers }) => headers['x-aws-ec2-metadata-token'])).toEqual(['of-imds', 'of-imds']);
    expect(sent.at(-1)?.headers['x-amz-security-token']).toBe(`${canary}-token`);
  });

  test.each<[string, Record<string, Answer>, RegExp]>([
    [
      'IMDS is off',
      { 'PUT /latest/api/token': { kind: 'reply', status: 403 } },
      /^AuthFailed: .*no role \(status 403\)/,
    ],
    [
      'there is no role',
      { [roles]: { kind: 'reply', status: 404 } },
      /^AuthFailed: .*associate one with its pod or node/,
    ],
    ['the role is a page', { [roles]: { kind: 'reply', body: '<html>' } }, /^ProviderUnavailable/],
    ['the keys are not there', { [`${roles}node-role`]: json({ Code: 'Failed' }) }, /^ProviderUnavailable/],
    ['the keys are no JSON', { [`${roles}node-role`]: { kind: 'reply', body: canary } }, /^ProviderUnavailable/],
    [
      'nobody answers, as with a hop limit of 1',
      { 'PUT /latest/api/token': { kind: 'hang' } },
      /^ProviderUnavailable: .*in time/,
    ],
  ])('is refused when %s', async (_, changed, expected) => {
    rig.answerWith({ ...routes, ...changed });
    expect(faultText(await rig.login(auth))).toMatch(expected);
  });
});

describe('EKS Pod Identity', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(`${tmpdir()}/shearline-pod-identity-`);
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('is asked for with the token that EKS mounts', async () => {
    const file = `${directory}/token`;
    await writeFile(file, 'of-the-pod\n');
    rig.answerWith({ 'GET /v1/credentials': json(keys) });
    const identity = await podIdentity(rig.ports, never, file);
    expect(identity.ok && identity.value.keys.sessionToken).toBe(`${canary}-token`);
    expect(rig.standIn.requests.at(-1)?.headers.authorization).toBe('of-the-pod');
  });

  test('is refused by an agent that has no association', async () => {
    const file = `${directory}/token`;
    await writeFile(file, 'of-the-pod');
    rig.answerWith({ 'GET /v1/credentials': { kind: 'reply', status: 404, body: canary } });
    expect(faultText(await podIdentity(rig.ports, never, file))).toMatch(/^AuthFailed: .*no role \(status 404\)/);
  });

  test('is not there where EKS mounts no token', async () => {
    expect(faultText(await rig.login({ operator: { via: 'PodIdentity' } }))).toBe(
      'AuthFailed: the pod of the operator has no EKS Pod Identity association',
    );
  });
});
