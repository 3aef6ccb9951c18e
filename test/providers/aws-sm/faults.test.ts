import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { type Answer, json } from '../../servers/answers.ts';
import { canary, faultText, never, type Rig, refusal, startRig } from '../aws/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(awsSm);
});
afterAll(() => rig.stop());

describe('what an answer means', () => {
  const page = { kind: 'reply', status: 200, body: `<html>${canary}` } as const;
  test.each<[string, Answer, RegExp]>([
    [
      'no secret',
      refusal('ResourceNotFoundException', "can't find the specified secret."),
      /^KeyNotFound: .*has no etl\/db/,
    ],
    [
      'a secret without a value',
      refusal('ResourceNotFoundException', "can't find the specified secret value for staging label: AWSCURRENT"),
      /^KeyNotFound: .*no value in it yet/,
    ],
    [
      'scheduled for deletion',
      refusal('InvalidRequestException', 'because it was marked for deletion.'),
      /^KeyNotFound: .*scheduled for deletion/,
    ],
    [
      'another state',
      refusal('InvalidRequestException', 'managed by another service'),
      /^AccessDenied: .*present state/,
    ],
    [
      'no right',
      refusal('AccessDeniedException', 'not authorized to perform: secretsmanager:GetSecretValue'),
      /^AccessDenied: .*policy of the access key in Secret "aws" must allow secretsmanager:GetSecretValue/,
    ],
    [
      'no right to the key',
      refusal('AccessDeniedException', 'Access to KMS is not allowed'),
      /^AccessDenied: .*kms:Decrypt/,
    ],
    ['a key that does not decrypt', refusal('DecryptionFailure', 'x'), /^AccessDenied: .*kms:Decrypt/],
    ['a bad name', refusal('ValidationException', 'Invalid name'), /^InvalidSpec/],
    ['throttling', refusal('ThrottlingException', 'Rate exceeded'), /^Throttled/],
    ['throttling, in other words', refusal('TooManyRequestsException'), /^Throttled/],
    ['a problem of AWS', refusal('InternalServiceError', '', 500), /^ProviderUnavailable: .*problem of its own/],
    ['the same as 400', refusal('InternalServiceError'), /^ProviderUnavailable/],
    [
      'keys that nobody knows',
      refusal('UnrecognizedClientException', 'token is invalid'),
      /^AuthFailed: .*does not know/,
    ],
    ['keys that have ended', refusal('ExpiredTokenException', 'expired'), /^AuthFailed: .*does not know/],
    [
      'a wrong secret key',
      refusal('InvalidSignatureException', 'signature we calculated does not match'),
      /^AuthFailed: .*signature wrong/,
    ],
    ['a code of tomorrow', refusal('SomethingNewException'), /^AccessDenied/],
    ['a page', page, /^ProviderUnavailable: .*not AWS's/],
    ['an error page', { ...page, status: 404 }, /^ProviderUnavailable/],
    ['a page that refuses', { ...page, status: 403 }, /^AccessDenied: .*without AWS's reason/],
    ['nothing', { kind: 'reply', body: '' }, /^ProviderUnavailable/],
    [
      'an answer without a value',
      json({ Name: 'etl/db', VersionId: 'x' }),
      /^ValueNotUsable: etl\/db in .* neither text nor/,
    ],
    ['an answer about nothing', json({ SecretString: canary }), /^ProviderUnavailable/],
    [
      'another secret',
      json({ Name: 'etl/db-AbCdEf', VersionId: 'x', SecretString: canary }),
      /^AccessDenied: .*another secret than etl\/db/,
    ],
  ])('%s', async (_, answer, expected) => {
    const session = await rig.session({ GetSecretValue: answer });
    expect(faultText(await session.read({ key: 'etl/db' }, never))).toMatch(expected);
  });

  test('a version that is not there', async () => {
    const text = "can't find the specified secret value for staging label: AWSPENDING";
    const session = await rig.session({ GetSecretValue: refusal('ResourceNotFoundException', text) });
    const answer = await session.read({ key: 'etl/db', version: 'AWSPENDING' }, never);
    expect(faultText(answer)).toMatch(/^VersionNotFound: .*no version AWSPENDING of etl\/db/);
  });

  test('a list that is refused names the right that it needs', async () => {
    const session = await rig.session({ ListSecrets: refusal('AccessDeniedException') });
    const answer = await session.list?.({ prefix: '', tags: {}, limit: 10 }, never);
    expect(answer && faultText(answer)).toMatch(/^AccessDenied: .*secretsmanager:ListSecrets/);
  });
});

describe('a batch', () => {
  const keys = ['a', 'b', 'c'].map(key => ({ key }));
  const secret = (Name: string) => ({ Name, VersionId: 'v', SecretString: `${canary}-${Name}` });

  test('gives each entry an answer of its own, in the order of the requests', async () => {
    const session = await rig.session({
      BatchGetSecretValue: json({
        SecretValues: [secret('c')],
        Errors: [
          { SecretId: 'a', ErrorCode: 'AccessDeniedException', Message: canary },
          {
            SecretId: 'arn:aws:secretsmanager:eu-central-1:1:secret:b-AbCdEf',
            ErrorCode: 'ResourceNotFoundException',
            Message: "can't find the specified secret.",
          },
        ],
      }),
    });
    const answers = (await session.readMany?.(keys, never)) ?? [];
    expect(answers.map(each => (each.ok ? 'ok' : faultText(each).split(':')[0]))).toEqual([
      'AccessDenied',
      'KeyNotFound',
      'ok',
    ]);
  });

  test('reads alone what the answer leaves out', async () => {
    const session = await rig.session({
      BatchGetSecretValue: json({ SecretValues: [secret('a'), secret('c')] }),
      GetSecretValue: json(secret('b')),
    });
    const answers = (await session.readMany?.(keys, never)) ?? [];
    expect(answers.map(each => each.ok && each.value.value.revealText())).toEqual(
      keys.map(({ key }) => `${canary}-${key}`),
    );
  });

  test('that is throttled is throttled for all, and nothing is asked again', async () => {
    const session = await rig.session({ BatchGetSecretValue: refusal('ThrottlingException') });
    const before = rig.standIn.requests.length;
    const answers = (await session.readMany?.(keys, never)) ?? [];
    expect(answers.map(each => faultText(each).split(':')[0])).toEqual(['Throttled', 'Throttled', 'Throttled']);
    expect(rig.standIn.requests).toHaveLength(before + 1);
  });
});
