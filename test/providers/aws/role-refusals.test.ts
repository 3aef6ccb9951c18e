import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import type { Answer } from '../../servers/answers.ts';
import { stsError } from '../../servers/aws/web-identity.ts';
import { canary, faultText, type Rig, startRig, staticAuth } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(awsSm);
});
afterAll(() => rig.stop());

const role = 'arn:aws:iam::123456789012:role/etl-reader';
const team = {
  serviceAccount: { namespace: 'etl', name: 'reader', uid: 'u', annotations: {} },
  token: async () => ok(SecretValue.fromText(`${canary}.of.the-team`)),
};

const xml = (body: string): Answer => ({ kind: 'reply', status: 400, body });

describe('what STS says to a token, and what fixes it', () => {
  test.each<[string, Answer, RegExp]>([
    [
      'no keys to verify it with',
      stsError('IDPCommunicationError', canary),
      /^ProviderUnavailable: .*OIDC issuer must be open/,
    ],
    [
      'a signature that does not verify',
      stsError('InvalidIdentityToken', canary),
      /^AuthFailed: .*audience sts.amazonaws/,
    ],
    [
      'an issuer that it does not know',
      stsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://x'),
      /^AuthFailed: .*no IAM OIDC provider for this cluster's issuer/,
    ],
    [
      'a region that is off',
      stsError('RegionDisabledException', canary, 403),
      /^AuthFailed: .*activate it in the account/,
    ],
    ['a role that is none', stsError('ValidationError', canary), /^AuthFailed: .*no role that STS understands/],
    ['throttling', stsError('Throttling', 'Rate exceeded'), /^Throttled: AWS STS in eu-central-1/],
    ['a problem of its own', stsError('InternalFailure', canary, 500), /^ProviderUnavailable/],
    ['a page', { kind: 'reply', status: 200, body: `<html>${canary}</html>` }, /^ProviderUnavailable: .*not AWS's/],
    ['a login page', { kind: 'reply', status: 404, body: canary }, /^ProviderUnavailable: .*not AWS's/],
    ['an entity of its own', xml('<!DOCTYPE a [<!ENTITY b "c">]><a/>'), /^ProviderUnavailable: .*not AWS's/],
    ['elements without end', xml('<a>'.repeat(20_000)), /^ProviderUnavailable: .*not AWS's/],
    ['an answer without keys', { kind: 'reply', body: '<AssumeRoleWithWebIdentityResponse/>' }, /^ProviderUnavailable/],
    ['nothing', { kind: 'hang' }, /^ProviderUnavailable: .*in time/],
  ])('%s', async (_, answer, expected) => {
    rig.answerWith({ AssumeRoleWithWebIdentity: answer });
    const auth = { webIdentity: { role, serviceAccountRef: { name: 'reader' } } };
    expect(faultText(await rig.login(auth, team))).toMatch(expected);
  });

  test('the session bears the names of namespace and ServiceAccount, for CloudTrail', () => {
    const form = new URLSearchParams(rig.standIn.requests.at(-1)?.body);
    expect(form.get('RoleSessionName')).toBe('shearline@etl.reader');
    expect(form.get('RoleArn')).toBe(role);
  });
});

describe('what STS says to a key that wants a role', () => {
  test.each<[string, Answer, RegExp]>([
    ['an unknown key', stsError('InvalidClientTokenId', canary, 403), /^AuthFailed: .*does not know the access key in/],
    [
      'a wrong secret key',
      stsError('SignatureDoesNotMatch', canary, 403),
      /^AuthFailed: .*finds the secret key of .*wrong/,
    ],
    ['a region that is off', stsError('RegionDisabledException', canary, 403), /^AuthFailed: .*activate it/],
    ['no', stsError('AccessDenied', canary, 403), /^AuthFailed: .*trust policy must allow sts:AssumeRole/],
  ])('%s', async (_, answer, expected) => {
    rig.answerWith({ AssumeRole: answer });
    const auth = { staticKeys: { ...staticAuth.staticKeys, assumeRole: { role } } };
    expect(faultText(await rig.login(auth))).toMatch(expected);
  });
});
