import { describe, expect, test } from '@jest/globals';
import { awsSsm } from '../../../src/providers/aws-ssm/index.ts';
import { namesFor, selectorOf } from '../../../src/providers/aws-ssm/keys.ts';
import { bound } from '../aws/account.ts';

const role = 'arn:aws:iam::123456789012:role/reader';
const source = bound(awsSsm, {
  region: 'eu-central-1',
  auth: { webIdentity: { role, serviceAccountRef: { name: 'app' } } },
});
const arn = 'arn:aws:ssm:eu-central-1:123456789012:';

function faultText(key: string): string {
  const result = source.canonicalKey(key);
  return result.ok ? result.value : `refused: ${result.fault.message}`;
}

test.each([
  ['/etl/', 'etl/'],
  ['etl/', 'etl/'],
  ['/', ''],
  ['', ''],
])('a search for names that begin with "%s" is one for keys that begin with "%s"', (prefix, canonical) => {
  expect(source.canonicalPrefix(prefix)).toBe(canonical);
});

describe('the key is the name without its leading "/"', () => {
  test.each([
    ['/etl/db', 'etl/db'],
    ['etl/db', 'etl/db'],
    ['db', 'db'],
    ['/db', 'db'],
    [`${arn}parameter/etl/db`, 'etl/db'],
    [`${arn}parameter/db`, 'db'],
    ['/aws/reference/secretsmanager/x', 'aws/reference/secretsmanager/x'],
  ])('%s', (key, canonical) => {
    expect(faultText(key)).toBe(canonical);
    expect(faultText(canonical)).toBe(canonical);
  });

  test.each([
    ['', /no name of a parameter/],
    ['/', /no name/],
    ['//etl/db', /empty segment/],
    ['etl/db/', /empty segment/],
    ['etl/./db', /empty segment/],
    ['etl/db:3', /belong into remoteRef.version/],
    ['etl db', /no name/],
    ['etl%2Fdb', /no name/],
    [`${arn}parameter/etl/db:3`, /belong into remoteRef.version/],
    [`${arn}parameteretl`, /no ARN of a parameter/],
    [`${arn}document/etl`, /no ARN of a parameter/],
    ['arn:aws:ssm:eu-central-1:210987654321:parameter/etl/db', /is of account 210987654321, and .*: use a source/],
    ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf', /is not one of AWS Parameter Store/],
  ])('%j is refused', (key, expected) => {
    expect(faultText(key)).toMatch(expected);
  });

  test('a name in a hierarchy is asked for with its "/", one outside both ways', () => {
    expect(namesFor('etl/db')).toEqual(['/etl/db']);
    expect(namesFor('db')).toEqual(['db', '/db']);
  });
});

describe('a version is a number or a label', () => {
  test.each([
    [undefined, ''],
    ['3', ':3'],
    ['prod', ':prod'],
    ['put-1_a.b', ':put-1_a.b'],
  ])('%s', (version, selector) => {
    expect(selectorOf({ key: 'k', ...(version !== undefined && { version }) })).toEqual({ ok: true, value: selector });
  });

  test.each([[''], ['0'], ['3a'], ['a:b'], ['a b'], ['x'.repeat(101)]])('%j is refused', version => {
    expect(selectorOf({ key: 'k', version })).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  });
});
