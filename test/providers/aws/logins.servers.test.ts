import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { type Aws, allow, startAws } from '../../servers/aws/aws.ts';
import { createTokenVerifier } from '../../servers/oidc.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { hands } from '../aws-sm/hands.ts';
import { bound } from './account.ts';
import { entrance } from './enter.ts';
import { faultText, never } from './rig.ts';

const policy = [allow('secretsmanager:GetSecretValue', '*')];

let cluster: ConformanceCluster;
let aws: Aws;
let place: object;
let from: ReturnType<typeof entrance>;
/** How far the clock of AWS is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  const now = () => new Date(Date.now() + aheadMs);
  aws = await startAws({ ...cluster, verifier: createTokenVerifier({ ...cluster, now }) });
  const caBundle = await cluster.caBundle('aws-ca', aws.caBundle);
  place = { region: aws.region, endpoint: aws.address, stsEndpoint: aws.address, caBundle };
  from = entrance(cluster);
  await aws.webIdentityRole('team-a', subjectOf('team-a'), policy);
  await aws.webIdentityRole('team-b', subjectOf('team-b'), policy);
  await hands(aws).put('etl/db', 'CANARY-7f3a');
}, 120_000);
afterAll(async () => {
  await from?.leave();
  await aws?.stop();
  await cluster?.close();
}, 30_000);

const subjectOf = (team: 'team-a' | 'team-b') => `system:serviceaccount:${cluster.namespace(team)}:app`;
const arnOf = (role: string) => `arn:aws:iam::${aws.account}:role/${role}`;
const enter = (auth: object, more: object = {}) => from.enter(bound(awsSm, { ...place, auth, ...more }));
const webIdentity = (more: object = {}, audiences = ['sts.amazonaws.com']) => ({
  webIdentity: { serviceAccountRef: { name: 'app', audiences }, ...more },
});

async function reads(session: Awaited<ReturnType<typeof enter>>): Promise<string> {
  return faultText(session.ok ? await session.value.read({ key: 'etl/db' }, never) : session);
}

describe('a role for a ServiceAccount', () => {
  test('is taken by its token, and what it reads is what the role may read', async () => {
    expect(await reads(await enter(webIdentity({ role: arnOf('team-a') })))).toBe('ok');
  });

  test('that does not exist is told with the trust that it needs', async () => {
    const answer = faultText(await enter(webIdentity({ role: arnOf('nobody') })));
    expect(answer).toMatch(/^AuthFailed: AWS STS in eu-central-1 refused arn:aws:iam::000000000000:role\/nobody to/);
    expect(answer).toContain(`there is no such role, or its trust policy does not allow`);
    expect(answer).toContain(`sub "${subjectOf('team-a')}" and aud "sts.amazonaws.com"`);
  });

  test('that trusts another subject is told with the subject that asked', async () => {
    const answer = faultText(await enter(webIdentity({ role: arnOf('team-b') })));
    expect(answer).toMatch(/^AuthFailed: .*role\/team-b to ServiceAccount team-a-\w+\/app: .*its trust policy/);
    expect(answer).toContain(`sub "${subjectOf('team-a')}"`);
  });

  test('is refused to a token for another audience, with the audience that IAM has to know', async () => {
    const answer = faultText(await enter(webIdentity({ role: arnOf('team-a') }, ['vault'])));
    expect(answer).toMatch(/^AuthFailed: .*the IAM OIDC provider must have the audience vault/);
  });

  test('is refused to a token that counts as expired there: the clocks differ', async () => {
    aheadMs = 3_600_000;
    const answer = faultText(await enter(webIdentity({ role: arnOf('team-a') })));
    aheadMs = 0;
    expect(answer).toMatch(/^AuthFailed: .*a fresh token counts as expired: set the cluster's clock right/);
  });

  test('is refused to a token that is not valid yet: the clocks differ', async () => {
    aheadMs = -3_600_000;
    const answer = faultText(await enter(webIdentity({ role: arnOf('team-a') })));
    aheadMs = 0;
    expect(answer).toMatch(/^AuthFailed: .*a fresh token is not valid yet: set the cluster's clock right/);
  });

  test('is named by the annotation where the source names none', async () => {
    expect(faultText(await enter(webIdentity()))).toMatch(
      /^AuthFailed: ServiceAccount team-a-\w+\/app has no annotation eks.amazonaws.com\/role-arn/,
    );
    await cluster.annotate('team-a', { 'eks.amazonaws.com/role-arn': 'reader' });
    expect(faultText(await enter(webIdentity()))).toMatch(/^AuthFailed: .*that is no ARN of an IAM role/);
    await cluster.annotate('team-a', { 'eks.amazonaws.com/role-arn': 'arn:aws-cn:iam::000000000000:role/team-a' });
    expect(faultText(await enter(webIdentity()))).toMatch(/^AuthFailed: .*must begin with arn:aws:iam/);
    await cluster.annotate('team-a', { 'eks.amazonaws.com/role-arn': arnOf('team-a') });
    expect(await reads(await enter(webIdentity()))).toBe('ok');
  });

  test('of an account that does not know the cluster', async () => {
    const elsewhere = createTokenVerifier({ issuer: 'https://127.0.0.1:1', ca: cluster.ca });
    const other = await startAws({ issuer: 'https://127.0.0.1:1', verifier: elsewhere });
    const caBundle = await cluster.caBundle('other-ca', other.caBundle);
    const there = { endpoint: other.address, stsEndpoint: other.address, caBundle };
    expect(faultText(await enter(webIdentity({ role: arnOf('team-a') }), there))).toMatch(
      /^AuthFailed: .*no IAM OIDC provider for this cluster's issuer/,
    );
    await other.stop();
  });
});

describe('a next role', () => {
  const trusting = (role: string, more: object = {}) => ({
    Effect: 'Allow',
    Principal: { AWS: arnOf(role) },
    Action: 'sts:AssumeRole',
    ...more,
  });

  test('is taken from the first, and reads for it', async () => {
    const goOn = allow('sts:AssumeRole', '*');
    await aws.webIdentityRole('first', subjectOf('team-a'), [goOn]);
    await aws.role('next', trusting('first'), policy);
    expect(await reads(await enter(webIdentity({ role: arnOf('first') })))).toMatch(
      /^AccessDenied: .*role arn:aws:iam::000000000000:role\/first must allow secretsmanager:GetSecretValue/,
    );
    const chained = webIdentity({ role: arnOf('first'), assumeRole: { role: arnOf('next') } });
    expect(await reads(await enter(chained))).toBe('ok');
  });

  test('is refused with who asked, and what both policies need', async () => {
    await aws.role('closed', trusting('team-b'), policy);
    const chained = webIdentity({ role: arnOf('team-a'), assumeRole: { role: arnOf('closed') } });
    expect(faultText(await enter(chained))).toMatch(
      /^AuthFailed: .*refused arn:aws:iam::000000000000:role\/closed to role arn:aws:iam::000000000000:role\/team-a: its trust policy must allow sts:AssumeRole/,
    );
  });

  test('may ask for an external id', async () => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'shearline-1' } };
    await aws.webIdentityRole('caller', subjectOf('team-a'), [allow('sts:AssumeRole', '*')]);
    await aws.role('guarded', trusting('caller', { Condition }), policy);
    const chained = (externalId: string) =>
      webIdentity({ role: arnOf('caller'), assumeRole: { role: arnOf('guarded'), externalId } });
    expect(await reads(await enter(chained('shearline-1')))).toBe('ok');
    const refused = faultText(await enter(chained('CANARY-7f3a')));
    expect(refused).toMatch(/^AuthFailed: .*with the external id of this source/);
  });
});

describe('an access key', () => {
  const staticKeys = (more: object = {}) => ({
    staticKeys: {
      accessKeyIdRef: { name: 'aws-key', key: 'id' },
      secretAccessKeyRef: { name: 'aws-key', key: 'secret' },
      ...more,
    },
  });

  test('reads what its user may read', async () => {
    const { accessKeyId, secretAccessKey } = await aws.user('reader', policy);
    await cluster.credential('aws-key', { id: accessKeyId, secret: `${secretAccessKey}\n` });
    expect(await reads(await enter(staticKeys()))).toBe('ok');
  });

  test('with a wrong secret key, or that nobody knows, is told with the Secret that holds it', async () => {
    const { accessKeyId } = await aws.user('other', policy);
    await cluster.credential('aws-key', { id: accessKeyId, secret: 'CANARY-7f3a' });
    expect(await reads(await enter(staticKeys()))).toMatch(/^AuthFailed: .*the secret key of .*in Secret "aws-key"/);
    await cluster.credential('aws-key', { id: 'AKIA0000000000000000', secret: 'CANARY-7f3a' });
    expect(await reads(await enter(staticKeys()))).toMatch(
      /^AuthFailed: .*does not know .*Secret "aws-key" \(any more\)/,
    );
    const onward = staticKeys({ assumeRole: { role: arnOf('team-a') } });
    expect(faultText(await enter(onward))).toMatch(
      /^AuthFailed: AWS STS .*does not know the access key in Secret "aws-key"/,
    );
  });

  test('that is empty is refused before anything is sent', async () => {
    await cluster.credential('aws-key', { id: 'AKIA0000000000000000', secret: ' \n' });
    const before = aws.requests.length;
    expect(faultText(await enter(staticKeys()))).toMatch(/^AuthFailed: key "secret" of Secret "aws-key"/);
    expect(aws.requests).toHaveLength(before);
  });
});
