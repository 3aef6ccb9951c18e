import { describe, expect, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { faultText } from '../wire.ts';
import { never, reply, vaultError, vaultRig, vaultUrl } from './rig.ts';

const all = { prefix: '', tags: {}, limit: 100 };

const item = (name: string, more: object = {}) => ({
  id: `${vaultUrl}/secrets/${name}`,
  attributes: { enabled: true },
  ...more,
});

const page = (value: readonly object[], nextLink: string | null = null) => reply({ value, nextLink });

async function list(answer: Parameters<typeof vaultRig>[0], request: object = {}) {
  const { session, sent } = vaultRig(answer);
  return { result: await (await session()).list?.({ ...all, ...request }, never), sent: sent.slice(1) };
}

test('names come in their canonical form, without what is disabled', async () => {
  const items = [item('WareHouse'), item('gone', { attributes: { enabled: false } }), item('web', { managed: true })];
  expect((await list(() => page(items))).result).toEqual({ ok: true, value: ['warehouse', 'web'] });
});

test('the prefix is looked for in the canonical form, and tags exactly', async () => {
  const items = [
    item('ETL-a', { tags: { team: 'etl', tier: '1' } }),
    item('etl-b', { tags: { team: 'ETL' } }),
    item('web'),
  ];
  const found = async (request: object) => (await list(() => page(items), request)).result;
  expect(await found({ prefix: 'etl-' })).toEqual({ ok: true, value: ['etl-a', 'etl-b'] });
  expect(await found({ tags: { team: 'etl' } })).toEqual({ ok: true, value: ['etl-a'] });
  expect(await found({ tags: { team: 'etl', tier: '2' } })).toEqual({ ok: true, value: [] });
});

test('all pages are read, empty ones too', async () => {
  const next = (token: string) => `${vaultUrl}:443/secrets?api-version=7.4&$skiptoken=${token}&maxresults=25`;
  const { result, sent } = await list(({ url }) => {
    if (url.includes('two')) return page([item('b')]);
    return url.includes('one') ? page([], next('two')) : page([item('a')], next('one'));
  });
  expect(result).toEqual({ ok: true, value: ['a', 'b'] });
  expect(sent.map(({ url }) => url.replace(/.*skiptoken=/, ''))).toEqual([
    `${vaultUrl}/secrets?api%2Dversion=7.4`,
    'one&maxresults=25',
    'two&maxresults=25',
  ]);
});

describe('the token stays with the vault', () => {
  test.each([
    ['https://evil.example.com/secrets?api-version=7.4'],
    [`http://${new URL(vaultUrl).host}/secrets?api-version=7.4`],
    ['https://etl.vault.azure.net.example.com/secrets'],
    ['https://etl.vault.azure.net@example.com/secrets'],
    [`${vaultUrl}:8443/secrets`],
  ])('when the next page is at %s', async nextLink => {
    const { result, sent } = await list(() => page([item('a')], nextLink));
    expect(result && faultText(result)).toMatch(/^ProviderUnavailable: .*redirects elsewhere/);
    expect(sent).toHaveLength(1);
  });
});

describe('a list is refused as a whole', () => {
  const endless = () => page([item('a'), item('b')], `${vaultUrl}/secrets?api-version=7.4&$skiptoken=${canary}`);

  test('beyond its limit', async () => {
    const { result, sent } = await list(endless, { prefix: 'a', limit: 3 });
    expect(result && faultText(result)).toBe(
      'ValueNotUsable: Key Vault etl.vault.azure.net has more than 3 secrets that begin with "a": narrow the prefix',
    );
    expect(sent).toHaveLength(4);
  });

  test('by a vault that has no end', async () => {
    const { result, sent } = await list(endless, { prefix: 'nobody' });
    expect(result && faultText(result)).toMatch(/^ValueNotUsable: .*more than 25000 secrets, too many to look through/);
    expect(sent).toHaveLength(1001);
  });

  test.each([
    [
      'without the role',
      vaultError(403, 'Forbidden', 'ForbiddenByRbac'),
      /^AccessDenied: .*refused the list of secrets to .*Key Vault Secrets User/,
    ],
    ['in the middle', vaultError(429, 'Throttled'), /^Throttled/],
    ['by a page', reply(`<html>${canary}`), /^ProviderUnavailable: .*not Key Vault's/],
    ['by JSON of somebody else', reply({ items: [canary] }), /^ProviderUnavailable/],
    ['by a list of something else', page([{ id: canary }]), /^ProviderUnavailable/],
  ])('%s', async (_, answer, expected) => {
    const { result } = await list(() => answer);
    expect(result && faultText(result)).toMatch(expected);
  });
});
