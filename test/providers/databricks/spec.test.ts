import { describe, expect, test } from '@jest/globals';
import { databricks } from '../../../src/providers/databricks/index.ts';
import { DatabricksSpec } from '../../../src/providers/databricks/spec.ts';
import { defineProvider } from '../../../src/providers/index.ts';

const host = 'https://dbc-a1b2c3d4-e5f6.cloud.databricks.com';
const serviceAccountRef = { name: 'app', audiences: ['databricks'] };
const federation = { serviceAccountRef };
const oauth = { clientId: 'c-1', clientSecretRef: { name: 'dbx', key: 'secret' } };
const token = { secretRef: { name: 'dbx', key: 'token' } };

function why(given: object): string {
  const parsed = DatabricksSpec.safeParse({ host, auth: { federation }, ...given });
  if (!parsed.success) return parsed.error.issues.map(({ message }) => message).join('; ');
  const bound = defineProvider(databricks).bind({ host, auth: { federation }, ...given });
  return bound.ok ? 'works' : bound.fault.message;
}

test.each<[string, object, RegExp]>([
  ['no login', { auth: {} }, /exactly one of federation, oauth, token/],
  ['two logins', { auth: { federation, token } }, /exactly one of/],
  ['a client that is no id', { auth: { oauth: { ...oauth, clientId: 'a b' } } }, /Invalid string/],
  ['a host with a user', { host: 'https://user:CANARY-7f3a@dbc.cloud.databricks.com' }, /Invalid string/],
  ['a host with a path', { host: `${host}/api` }, /host has no path/],
  ['a host with a bad port', { host: 'https://dbc:99999' }, /host must be a URL/],
])('a spec with %s is refused', (_, given, message) => expect(why(given)).toMatch(message));

test('says what each login needs', () => {
  const needs = (auth: object) => databricks.needs(DatabricksSpec.parse({ host, auth }));
  const annotation = 'shearline.dev/databricks-client-id';
  expect(needs({ federation })).toEqual({
    addresses: [host],
    serviceAccount: { ...serviceAccountRef, annotations: [annotation] },
    credentials: [],
  });
  expect(needs({ federation: { ...federation, clientId: 'c-1' } }).serviceAccount?.annotations).toEqual([]);
  expect(needs({ oauth })).toEqual({ addresses: [host], credentials: [oauth.clientSecretRef] });
  expect(needs({ token })).toEqual({ addresses: [host], credentials: [token.secretRef] });
});

describe('a key has one canonical form, in which capitals do not count', () => {
  const faultText = (key: string) => {
    const canonical = databricks.canonicalKey(DatabricksSpec.parse({ host, auth: { federation } }), key);
    return canonical.ok ? canonical.value : canonical.fault.message;
  };

  test.each([
    ['etl/db', 'etl/db'],
    ['ETL/Db', 'etl/db'],
    ['me@example.com/a.b-c_d', 'me@example.com/a.b-c_d'],
    [`${'s'.repeat(128)}/${'k'.repeat(128)}`, `${'s'.repeat(128)}/${'k'.repeat(128)}`],
  ])('%s', (key, canonical) => expect(faultText(key)).toBe(canonical));

  test.each([
    ['etl'],
    ['etl/'],
    ['/db'],
    ['etl/db/x'],
    ['etl/a@b'],
    ['etl/a b'],
    ['../db'],
    ['etl/..'],
    ['\u212Aey/db'],
    ['\u0130/db'],
    ['etl/db\n'],
    [`${'s'.repeat(129)}/a`],
  ])('%j is none', key => expect(faultText(key)).toMatch(/^a remote key is SCOPE\/KEY/));
});
