import { describe, expect, test } from '@jest/globals';
import { azureKv } from '../../../src/providers/azure-kv/index.ts';
import { checkVersion } from '../../../src/providers/azure-kv/keys.ts';
import { spec } from './rig.ts';

const canonical = (key: string) => azureKv.canonicalKey(spec(), key);

describe('a remote key has one form', () => {
  test.each([
    ['warehouse', 'warehouse'],
    ['WareHouse-1', 'warehouse-1'],
    ['secret/warehouse', 'warehouse'],
    ['SECRET/WAREHOUSE', 'warehouse'],
    ['certificate/Web', 'certificate/web'],
    ['Key/sign-1', 'key/sign-1'],
    ['secret', 'secret'],
    ['secret/key', 'key'],
    ['x'.repeat(127), 'x'.repeat(127)],
    ['0', '0'],
    ['-', '-'],
  ])('%s', (key, form) => expect(canonical(key)).toEqual({ ok: true, value: form }));
});

describe('what names no object of a vault is refused', () => {
  test.each([
    [''],
    ['/'],
    ['secret/'],
    ['/warehouse'],
    ['warehouse/'],
    ['secret//warehouse'],
    ['secrets/warehouse'],
    ['cert/web'],
    ['constructor/web'],
    ['secret/secret/warehouse'],
    ['warehouse/0123456789abcdef0123456789abcdef'],
    ['../secrets/warehouse'],
    ['ware.house'],
    ['ware_house'],
    ['ware%68ouse'],
    ['warehouse?x=1'],
    ['warehouse#'],
    ['ware house'],
    ['warehouse\n'],
    ['ware\u0000house'],
    ['ware\u200bhouse'],
    ['\u212aey/sign'],
    ['\u017fecret/warehouse'],
    ['x'.repeat(128)],
    ['https://etl.vault.azure.net/secrets/warehouse'],
  ])('%j', key => {
    const result = canonical(key);
    expect(result).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
    expect(result.ok ? '' : result.fault.message).toMatch(/^[\x20-\x7e]+NAME, secret\/NAME[\x20-\x7e]+$/);
  });
});

test('a version is the id that the vault gave it', () => {
  const id = '0123456789abcdef0123456789abcdef';
  expect(checkVersion(undefined)).toEqual({ ok: true, value: undefined });
  expect(checkVersion(id)).toEqual({ ok: true, value: id });
  expect(checkVersion(id.toUpperCase())).toEqual({ ok: true, value: id });
  for (const wrong of [
    '',
    '1',
    'latest',
    'previous',
    id.slice(1),
    `${id}0`,
    `${id}/`,
    `${id.slice(1)}?`,
    'g'.repeat(32),
  ])
    expect(checkVersion(wrong)).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
});
