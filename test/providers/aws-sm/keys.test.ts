import { describe, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { pinOf } from '../../../src/providers/aws-sm/keys.ts';
import { bound } from '../aws/account.ts';

const auth = (more: object) => ({ webIdentity: { serviceAccountRef: { name: 'app' }, ...more } });
const role = 'arn:aws:iam::123456789012:role/reader';
const source = (more: object) => bound(awsSm, { region: 'eu-central-1', auth: auth(more) });
const arn = (rest: string, account = '123456789012') => `arn:aws:secretsmanager:eu-central-1:${account}:${rest}`;

const faultText = (provider: ReturnType<typeof source>, key: string): string => {
  const result = provider.canonicalKey(key);
  return result.ok ? result.value : `refused: ${result.fault.message}`;
};

describe('the name is the key', () => {
  test.each([
    ['etl/db'],
    ['db'],
    ['a_+=.@-b/c'],
    ['etl/db-AbCdEf'],
    ['/etl/db'],
    ['/db'],
    ['rds!db-ce5f0e0c-0000-4000-8000-000000000000'],
    ['x'.repeat(512)],
  ])('%s', name => {
    expect(faultText(source({}), name)).toBe(name);
  });

  test.each([
    ['', /no name of a secret/],
    ['a b', /no name/],
    ['a\n', /no name/],
    ['ä', /no name/],
    ['a%2fb', /no name/],
    ['x'.repeat(513), /no name/],
    ['/', /empty segment/],
    ['//etl/db', /empty segment/],
    ['/../db', /empty segment or one that is/],
    ['etl//db', /empty segment/],
    ['etl/', /empty segment/],
    ['etl/../db', /empty segment or one that is/],
  ])('%j is refused', (name, expected) => {
    expect(faultText(source({}), name)).toMatch(expected);
  });
});

describe('an ARN is another spelling of the name, where account and region are those of the source', () => {
  const owned = source({ role });
  test.each([
    [arn('secret:etl/db-AbCdEf'), 'etl/db'],
    [arn('secret:etl/db-AbCdEf-GhIjKl'), 'etl/db-AbCdEf'],
    [arn('secret:/etl/db-AbCdEf'), '/etl/db'],
  ])('%s', (key, name) => {
    expect(faultText(owned, key)).toBe(name);
  });

  test.each([
    [arn('secret:etl/db'), /without the six random characters/],
    [arn('secret://etl/db-AbCdEf'), /empty segment/],
    [arn('secret:etl/db', '210987654321'), /is of account 210987654321, and this source logs in to 123456789012: use/],
    [arn('secret:etl/db-AbCdEf', ''), /has no account/],
    [arn('secret:etl/db-AbCdEf').replace('eu-central-1', 'eu-west-1'), /is not of eu-central-1/],
    [arn('secret:etl/db-AbCdEf').replace('arn:aws:', 'arn:aws-cn:'), /is not of eu-central-1/],
    [arn('parameter/etl/db').replace('secretsmanager', 'ssm'), /is not one of AWS Secrets Manager/],
    [`${arn('secret:etl/db-AbCdEf')}:password::`, /without the six random characters/],
    ['arn:aws', /is not one of/],
  ])('%s is refused', (key, expected) => {
    expect(faultText(owned, key)).toMatch(expected);
  });

  test('the account is that of the last role', () => {
    const next = source({ role, assumeRole: { role: 'arn:aws:iam::210987654321:role/secrets' } });
    expect(faultText(next, arn('secret:db-AbCdEf', '210987654321'))).toBe('db');
    expect(faultText(next, arn('secret:db-AbCdEf'))).toMatch(
      /is of account 123456789012, and this source logs in to 2109/,
    );
  });

  test.each([
    ['whole', arn('secret:db-AbCdEf', '210987654321')],
    ['without its end', arn('secret:db', '210987654321')],
  ])('where the account is not known it leads to a source for that account, not to a name: %s', (_, key) => {
    expect(faultText(source({}), key)).toBe(
      'refused: the key is an ARN that is of account 210987654321, and the source does not say to which account it logs in: use a source that goes on to a role there, assumeRole: {role: "arn:aws:iam::210987654321:role/…"}',
    );
    expect(faultText(source({ assumeRole: { role: 'arn:aws:iam::210987654321:role/secrets' } }), key)).toMatch(
      /^db$|without the six/,
    );
  });
});

describe('a version is a stage or an id, by its length', () => {
  test.each([
    ['AWSPENDING', { VersionStage: 'AWSPENDING' }],
    ['release-7', { VersionStage: 'release-7' }],
    ['6afcf61b-6e3d-4712-9b8d-8583e4b834ac', { VersionId: '6afcf61b-6e3d-4712-9b8d-8583e4b834ac' }],
    ['terraform-20250101000000000000000001', { VersionId: 'terraform-20250101000000000000000001' }],
  ])('%s', (version, pin) => {
    expect(pinOf(version)).toEqual({ ok: true, value: pin });
  });

  test.each([[''], ['a b'], ['x'.repeat(65)], ['ü']])('%j is refused', version => {
    expect(pinOf(version)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  });
});
