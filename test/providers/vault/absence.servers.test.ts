import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countReads, openBaoAudit } from '../../servers/audit.ts';
import type { OpenBao } from '../../servers/openbao.ts';
import { startOpenBao } from '../../servers/openbao.ts';
import { deleteSecret, enableKv, policy, putSecret } from '../../servers/openbao-secrets.ts';
import { faultText } from './rig.ts';
import { closeTransports, loggedIn, never, spec, tokenAuth, tokenOf } from './setting.ts';

const canary = 'CANARY-7f3a';
let bao: OpenBao;
let reader: string;

beforeAll(async () => {
  bao = await startOpenBao();
  const paths = ['secret/data/etl/*', 'secret/etl/*', 'kv1/etl/*', 'kv1/data/etl/*'];
  await policy(bao, 'etl', Object.fromEntries(paths.map(path => [path, ['read']])));
  await enableKv(bao, { mount: 'kv1', version: 1 });
  await putSecret(bao, 'etl/warehouse', { password: canary });
  await putSecret(bao, 'etl/warehouse', { password: canary }, { mount: 'kv1', version: 1 });
  reader = tokenOf(await bao.api('POST', 'auth/token/create', { policies: ['etl'], ttl: '10m' }));
}, 60_000);

afterAll(async () => {
  await closeTransports();
  await bao?.stop();
});

const sessionOf = (token: string, more: object = {}) =>
  loggedIn(spec({ address: bao.address, auth: tokenAuth, ...more }), { credentials: { token } });

describe('what looks like absence and is none', () => {
  test.each<[string, object, RegExp]>([
    ['an engine that is not mounted', { kv: { mount: 'nope' } }, /^AccessDenied/],
    ['version 2 for a version 1 engine', { kv: { mount: 'kv1', version: 2 } }, /^SourceInvalid: .*version 1, not 2/],
    ['version 1 for a version 2 engine', { kv: { mount: 'secret', version: 1 } }, /^SourceInvalid: .*version 2, not 1/],
  ])('%s', async (_, more, expected) => {
    const session = await sessionOf(reader, more);
    expect(faultText(await session.read({ key: 'etl/warehouse' }, never))).toMatch(expected);
  });

  test('the same, seen by a login that may do anything', async () => {
    const root = await sessionOf(bao.rootToken, { kv: { mount: 'nope' } });
    expect(faultText(await root.read({ key: 'etl/warehouse' }, never))).toMatch(
      /^AccessDenied: .*shows this login no engine at "nope"/,
    );
  });

  test('an engine that is unmounted while the session lives', async () => {
    await enableKv(bao, { mount: 'leaving', version: 1 });
    const root = await sessionOf(bao.rootToken, { kv: { mount: 'leaving', version: 1 } });
    expect(faultText(await root.read({ key: 'x' }, never))).toMatch(/^KeyNotFound/);
    await bao.api('DELETE', 'sys/mounts/leaving');
    expect(faultText(await root.read({ key: 'x' }, never))).toMatch(/^AccessDenied: .*does not say whether/);
  });
});

describe('an answer of an engine of the other version is never believed', () => {
  const decoy = { data: { password: canary }, metadata: { version: 9 } };
  const versions: readonly [string, 1 | 2, string][] = [
    ['kv1', 2, 'data/etl/app'],
    ['secret', 1, 'etl/app'],
  ];

  test.each(versions)('at %s, read as version %i', async (mount, version, path) => {
    const actual = version === 2 ? 1 : 2;
    await putSecret(bao, path, decoy, { mount, version: actual });
    const session = await sessionOf(bao.rootToken, { kv: { mount, version } });
    const key = version === 2 ? 'etl/app' : `data/${path}`;
    const expected = new RegExp(`^SourceInvalid: .*version ${actual}, not ${version}: set kv.version: ${actual}$`);
    expect(faultText(await session.read({ key }, never))).toMatch(expected);
    const list = await session.list?.({ prefix: version === 2 ? 'etl/' : '', tags: {}, limit: 10 }, never);
    expect(list && faultText(list)).toMatch(expected);
  });

  test('which costs one question a login, whatever is read afterwards', async () => {
    const question = 'sys/internal/ui/mounts/secret';
    const asked = async () => countReads(await openBaoAudit(bao), question);
    const before = await asked();
    const session = await sessionOf(reader);
    const keys = Array.from({ length: 20 }, (_, i) => `etl/proved-${i}`);
    for (const key of keys) await putSecret(bao, key, { password: canary });
    for (const key of keys) expect((await session.read({ key }, never)).ok).toBe(true);
    await Promise.all(keys.map(key => session.read({ key }, never)));
    expect((await asked()) - before).toBe(1);
  });
});

describe('what is absent says how', () => {
  test('soft-deleted, destroyed, version, key', async () => {
    const session = await sessionOf(reader);
    const read = async (key: string, version?: string) =>
      faultText(await session.read({ key, ...(version && { version }) }, never));
    await putSecret(bao, 'etl/gone', { password: canary });
    await putSecret(bao, 'etl/gone', { password: canary });
    expect(await read('etl/gone', '3')).toMatch(/^VersionNotFound: .*has no version 3 of etl\/gone/);
    await deleteSecret(bao, 'etl/gone', { destroy: [1] });
    expect(await read('etl/gone', '1')).toMatch(
      /^VersionNotFound: .*serves no version 1 of etl\/gone: it was destroyed/,
    );
    expect(await read('etl/gone')).toBe('no fault');
    await deleteSecret(bao, 'etl/gone', 'soft');
    expect(await read('etl/gone')).toMatch(/^KeyNotFound: .*newest version, 2, is deleted/);
    await deleteSecret(bao, 'etl/gone', 'metadata');
    expect(await read('etl/gone')).toMatch(/^KeyNotFound: .*has no etl\/gone in the engine at "secret"/);
    expect(await read('etl/gone', '1')).toMatch(/^KeyNotFound/);
  });

  test('a read is one request', async () => {
    await putSecret(bao, 'etl/counted', { a: '1', b: '2' });
    const session = await sessionOf(reader);
    await session.read({ key: 'etl/counted' }, never);
    expect(countReads(await openBaoAudit(bao), 'secret/data/etl/counted')).toBe(1);
  });
});
