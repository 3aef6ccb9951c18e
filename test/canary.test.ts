import { expect, test } from '@jest/globals';
import { searchForCanary, secretValue } from './canary.ts';

const value = secretValue();
const bytes = Buffer.from(value);
const each = (encode: (byte: number) => string) => [...bytes].map(encode).join('');
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

test.each([
  ['as it is', value],
  ['in capitals', value.toUpperCase()],
  ['backwards', [...value].toReversed().join('')],
  ['hexadecimal', bytes.toString('hex')],
  ['percent-encoded', each(byte => `%${hex(byte)}`)],
  ['with JSON escapes', each(byte => `\\u00${hex(byte)}`)],
  ['as a list of bytes', JSON.stringify([...bytes])],
  ['in base64', bytes.toString('base64')],
  ['in base64, one byte later', Buffer.from(` ${value}`).toString('base64')],
  ['in base64url, two bytes later', Buffer.from(`  ${value}`).toString('base64url')],
])('a value is found %s', (_, text) => {
  expect(searchForCanary({ log: `before ${text} after` }).join()).toContain('log: ');
});

test('tokens are found, and nothing where there is nothing', () => {
  expect(searchForCanary({ log: 'X-Vault-Token: s.a1B2c3D4e5F6g7H8i9J0k1L2' })).toHaveLength(1);
  expect(searchForCanary({ log: 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2ln' })).toHaveLength(1);
  expect(searchForCanary({ log: 'created Secret db (revision 1)', status: '{}' })).toEqual([]);
});
