import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ListAnswer, ListRequest } from '../../../src/providers/provider.ts';
import { type Answer, json } from '../../servers/answers.ts';
import type { Rig, Routes } from './rig.ts';
import { canary, faultText, mountOf, permissionDenied, startRig } from './rig.ts';
import { never } from './setting.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

const folder = (...keys: readonly string[]): Answer => json({ data: { keys } });
const tagged = (custom_metadata: object | null): Answer => json({ data: { custom_metadata, versions: {} } });

async function list(routes: Routes, request: Partial<ListRequest> = {}, more: object = {}): Promise<ListAnswer> {
  const session = await rig.session(routes, more);
  const answer = await session.list?.({ prefix: '', tags: {}, limit: 100, ...request }, never);
  if (!answer) throw new Error('the session cannot list');
  expect(JSON.stringify(answer)).not.toContain(canary);
  return answer;
}

const listsOf = (since: number): readonly string[] =>
  rig.requests
    .slice(since)
    .map(({ path }) => path.replace('/v1/', ''))
    .filter(path => path.startsWith('secret/'));

describe('a prefix', () => {
  const tree: Routes = {
    'secret/metadata/?list=true': folder('etl/', 'etl', 'web/'),
    'secret/metadata/etl/?list=true': folder('a', 'wa', 'warehouse', 'warehouse/', 'deep/'),
    'secret/metadata/etl/warehouse/?list=true': folder('eu'),
    'secret/metadata/etl/deep/?list=true': folder('er/'),
    'secret/metadata/etl/deep/er/?list=true': folder('x'),
    'secret/metadata/web/?list=true': folder('y'),
  };

  test.each<[string, readonly string[], readonly string[]]>([
    ['etl/deep/', ['etl/deep/er/x'], ['etl/deep/', 'etl/deep/er/']],
    ['etl/wa', ['etl/wa', 'etl/warehouse', 'etl/warehouse/eu'], ['etl/', 'etl/warehouse/']],
    [
      'etl',
      ['etl', 'etl/a', 'etl/deep/er/x', 'etl/wa', 'etl/warehouse', 'etl/warehouse/eu'],
      ['', 'etl/', 'etl/warehouse/', 'etl/deep/', 'etl/deep/er/'],
    ],
    ['w', ['web/y'], ['', 'web/']],
    ['nothing/here', [], ['nothing/']],
  ])('"%s" has its keys, and no other folder is asked for', async (prefix, keys, folders) => {
    const before = rig.requests.length;
    const answer = await list(tree, { prefix });
    expect(answer.ok && answer.value.toSorted()).toEqual(keys);
    expect(listsOf(before)).toEqual(folders.map(each => `secret/metadata/${each}?list=true`));
  });

  test('of an engine of version 1', async () => {
    const routes = { 'secret/etl/?list=true': folder('a'), 'sys/internal/ui/mounts/secret': mountOf(1) };
    const answer = await list(routes, { prefix: 'etl/' }, { kv: { version: 1 } });
    expect(answer).toEqual({ ok: true, value: ['etl/a'] });
  });

  test.each([['../'], ['a//b'], ['a%2f/'], ['/a']])('%j is refused, and nothing is sent', async prefix => {
    const before = rig.requests.length;
    expect(faultText(await list({}, { prefix }))).toMatch(/^InvalidSpec/);
    expect(listsOf(before)).toEqual([]);
  });

  test('what no reference can name is listed as it is, and not entered', async () => {
    const names = ['a', 'b#c', 'd?e/', '../', '..', `x${'y'.repeat(2000)}`];
    const before = rig.requests.length;
    expect(await list({ 'secret/metadata/?list=true': folder(...names) })).toEqual({ ok: true, value: names });
    expect(listsOf(before)).toHaveLength(1);
  });

  test('what no reference can name has no tags', async () => {
    const routes = { 'secret/metadata/?list=true': folder('a', 'b#c', '..'), 'secret/metadata/a': tagged({ a: 'b' }) };
    expect(await list(routes, { tags: { a: 'b' } })).toEqual({ ok: true, value: ['a'] });
  });
});

describe('tags', () => {
  const routes: Routes = {
    'secret/metadata/?list=true': folder('both', 'one', 'none', 'gone'),
    'secret/metadata/both': tagged({ team: 'etl', tier: 'gold' }),
    'secret/metadata/one': tagged({ team: 'etl' }),
    'secret/metadata/none': tagged(null),
  };

  test('must all be there; a key that left in between has none', async () => {
    expect(await list(routes, { tags: { team: 'etl', tier: 'gold' } })).toEqual({ ok: true, value: ['both'] });
    expect(await list(routes, { tags: { team: 'etl' } })).toEqual({ ok: true, value: ['both', 'one'] });
  });

  test('are not there in version 1', async () => {
    const before = rig.requests.length;
    expect(faultText(await list({}, { tags: { a: 'b' } }, { kv: { version: 1 } }))).toMatch(
      /^InvalidSpec: KV version 1 keeps no custom metadata: remove find.tags/,
    );
    expect(listsOf(before)).toEqual([]);
  });

  test('are read of 1,000 keys at most', async () => {
    const names = Array.from({ length: 1001 }, (_, index) => `k${index}`);
    const before = rig.requests.length;
    const answer = await list({ 'secret/metadata/?list=true': folder(...names) }, { tags: { a: 'b' }, limit: 5000 });
    expect(faultText(answer)).toMatch(
      /^ValueNotUsable: .*more than 1000 keys, whose tags are read one by one: narrow the prefix/,
    );
    expect(listsOf(before)).toHaveLength(1);
  });
});

describe('bounds', () => {
  test('of keys', async () => {
    const routes = { 'secret/metadata/etl/?list=true': folder('a', 'b', 'c') };
    expect((await list(routes, { prefix: 'etl/', limit: 3 })).ok).toBe(true);
    expect(faultText(await list(routes, { prefix: 'etl/', limit: 2 }))).toMatch(
      /^ValueNotUsable: Vault at .* has more than 2 keys below etl\/: narrow the prefix$/,
    );
  });

  test('of keys, in the middle of a level: nine hundred folders are not listed for a limit that ten reach', async () => {
    const folders = Array.from({ length: 900 }, (_, index) => `${index}/`);
    const names = Array.from({ length: 10 }, (_, index) => `k${index}`);
    const before = rig.requests.length;
    const answer = await list({ '*': folder(...names), 'secret/metadata/?list=true': folder(...folders) });
    expect(faultText(answer)).toMatch(/^ValueNotUsable: .*more than 100 keys: narrow the prefix/);
    expect(listsOf(before).length).toBeLessThanOrEqual(1 + 16);
  });

  test('of names in one answer', async () => {
    const names = Array.from({ length: 1101 }, (_, index) => `k${index}`);
    const answer = await list({ 'secret/metadata/?list=true': folder(...names) });
    expect(faultText(answer)).toMatch(/^ValueNotUsable: .*more than 1100 names: narrow the prefix/);
  });

  test('of folders, however the store answers', async () => {
    const before = rig.requests.length;
    const answer = await list({ '*': folder(...Array.from({ length: 300 }, (_, index) => `${index}/`)) });
    expect(faultText(answer)).toMatch(/^ValueNotUsable: .*more than 1000 folders: narrow the prefix/);
    expect(listsOf(before).length).toBeLessThanOrEqual(1000);
  });
});

describe('an answer that is no list', () => {
  const root = 'secret/metadata/?list=true';

  test.each<[string, Routes, RegExp]>([
    ['a page', { [root]: { kind: 'reply', body: `<html>${canary}` } }, /^ProviderUnavailable: .*not Vault's/],
    ['500', { [root]: json({ errors: [canary] }, 500) }, /^ProviderUnavailable/],
    ['429', { [root]: json({}, 429) }, /^Throttled/],
    ['a complaint', { [root]: json({ errors: [canary] }, 404) }, /^ProviderUnavailable/],
    [
      'an engine of the other version',
      { 'sys/internal/ui/mounts/secret': mountOf(1) },
      /^SourceInvalid: .*set kv.version: 1/,
    ],
    ['no engine', { 'sys/internal/ui/mounts/secret': permissionDenied }, /^AccessDenied: .*no engine at "secret"/],
    [
      'half of the folders',
      { [root]: folder('a/', 'b/'), 'secret/metadata/b/?list=true': json({}, 503) },
      /^ProviderUnavailable/,
    ],
  ])('%s', async (_, routes, expected) => {
    expect(faultText(await list(routes))).toMatch(expected);
  });

  test.each<[string, Routes, Partial<ListRequest>, string]>([
    ['to list the root', { [root]: permissionDenied }, {}, 'path "secret/metadata/*" { capabilities = ["list"] }'],
    [
      'to list a folder',
      { 'secret/metadata/etl/?list=true': folder('x/'), 'secret/metadata/etl/x/?list=true': permissionDenied },
      { prefix: 'etl/x' },
      'path "secret/metadata/etl/*" { capabilities = ["list"] }',
    ],
    [
      'to read tags',
      { 'secret/metadata/etl/?list=true': folder('a'), 'secret/metadata/etl/a': permissionDenied },
      { prefix: 'etl/', tags: { a: 'b' } },
      'path "secret/metadata/etl/*" { capabilities = ["list", "read"] }',
    ],
  ])('the right %s is missing: the message has it', async (_, routes, request, rule) => {
    const answer = faultText(await list(routes, request));
    expect(answer).toMatch(/^AccessDenied/);
    expect(answer).toContain(`its policy needs ${rule}`);
  });

  test('the token is dead', async () => {
    const session = await rig.session({});
    rig.answerWith({ '*': permissionDenied });
    const answer = await session.list?.({ prefix: '', tags: {}, limit: 1 }, never);
    expect(answer).toEqual({ ok: false, fault: { kind: 'login-expired' } });
  });

  test('an empty folder of the engine is no fault', async () => {
    expect(await list({})).toEqual({ ok: true, value: [] });
  });
});
