import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { awsSsm } from '../../../src/providers/aws-ssm/index.ts';
import { type Answer, json } from '../../servers/answers.ts';
import { canary, faultText, never, type Rig, refusal, startRig } from '../aws/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(awsSsm);
});
afterAll(() => rig.stop());

const parameter = (Name: string) => ({ Parameter: { Name, Value: canary, Version: 3, Type: 'SecureString' } });

describe('what an answer means', () => {
  test.each<[string, Answer, RegExp]>([
    ['no parameter', refusal('ParameterNotFound'), /^KeyNotFound: .*has no etl\/db/],
    [
      'no right',
      refusal('AccessDeniedException', 'not authorized to perform: ssm:GetParameter'),
      /^AccessDenied: .*must allow ssm:GetParameter on it/,
    ],
    [
      'no right to the key',
      refusal('AccessDeniedException', 'The ciphertext refers to'),
      /^AccessDenied: .*kms:Decrypt/,
    ],
    ['no such key', refusal('InvalidKeyId', 'x'), /^AccessDenied: .*kms:Decrypt/],
    ['a bad name', refusal('ValidationException'), /^InvalidSpec/],
    ['throttling', refusal('ThrottlingException', 'Rate exceeded'), /^Throttled/],
    ['a problem of AWS', refusal('InternalServerError', '', 500), /^ProviderUnavailable/],
    ['a page', { kind: 'reply', body: `<html>${canary}` }, /^ProviderUnavailable: .*not AWS's/],
    ['nothing in it', json({}), /^ProviderUnavailable/],
    ['no value', json({ Parameter: { Name: '/etl/db', Version: 3 } }), /^ValueNotUsable: etl\/db in .* has no value/],
    ['another parameter', json(parameter('/etl/other')), /^AccessDenied: .*another parameter than etl\/db/],
    ['the same without "/"', json(parameter('etl/db')), /^AccessDenied/],
  ])('%s', async (_, answer, expected) => {
    const session = await rig.session({ GetParameter: answer });
    expect(faultText(await session.read({ key: 'etl/db' }, never))).toMatch(expected);
  });

  test('a version that is not there', async () => {
    const session = await rig.session({ GetParameter: refusal('ParameterVersionNotFound') });
    const answer = await session.read({ key: 'etl/db', version: '9' }, never);
    expect(faultText(answer)).toMatch(/^VersionNotFound: .*no version or label 9 of etl\/db/);
  });

  test('a list that is refused names the right that it needs', async () => {
    const session = await rig.session({ DescribeParameters: refusal('AccessDeniedException') });
    const answer = await session.list?.({ prefix: '', tags: {}, limit: 10 }, never);
    expect(answer && faultText(answer)).toMatch(/^AccessDenied: .*ssm:DescribeParameters/);
  });
});

test('a name outside of any hierarchy is found with and without "/"', async () => {
  const session = await rig.session({ GetParameter: json(parameter('/db')) });
  expect((await session.read({ key: 'db' }, never)).ok).toBe(true);
  rig.answerWith({ GetParameter: refusal('ParameterNotFound') });
  const before = rig.standIn.requests.length;
  expect(faultText(await session.read({ key: 'db', version: '3' }, never))).toMatch(/^KeyNotFound/);
  const asked = rig.standIn.requests.slice(before).map(({ body }) => body);
  expect(asked).toEqual([expect.stringContaining('"db:3"'), expect.stringContaining('"/db:3"')]);
});

test('a parameter that refers to a secret elsewhere has no version of its own', async () => {
  const Name = '/aws/reference/secretsmanager/db';
  const session = await rig.session({ GetParameter: json({ Parameter: { Name, Value: canary, Version: 0 } }) });
  const answer = await session.read({ key: Name.slice(1) }, never);
  expect(answer.ok && Object.keys(answer.value)).toEqual(['value']);
});
