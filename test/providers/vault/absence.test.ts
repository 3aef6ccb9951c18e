import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReadAnswer } from '../../../src/providers/provider.ts';
import { FakeTime } from '../../async/fake-time.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { Rig } from './rig.ts';
import { canary, faultText, mountOf, noKey, permissionDenied, startRig, versioned } from './rig.ts';
import { never } from './setting.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

describe('404', () => {
  const gone = (destroyed: boolean, deletion_time: string) =>
    json({ data: { data: null, metadata: { version: 4, destroyed, deletion_time } } }, 404);

  test.each<[string, Answer, string | undefined, RegExp]>([
    ['never was', noKey, undefined, /^KeyNotFound: Vault at .* has no etl\/x in the engine at "secret"/],
    [
      'soft-deleted',
      gone(false, '2026-01-01T00:00:00Z'),
      undefined,
      /^KeyNotFound: .*newest version, 4, is deleted \(it can be undeleted\)/,
    ],
    ['destroyed', gone(true, ''), undefined, /^KeyNotFound: .*newest version, 4, was destroyed/],
    [
      'an old version, deleted',
      gone(false, '2026-01-01T00:00:00Z'),
      '4',
      /^VersionNotFound: .*no version 4 of etl\/x: it is deleted/,
    ],
    ['an old version, destroyed', gone(true, ''), '4', /^VersionNotFound: .*no version 4 of etl\/x: it was destroyed/],
  ])('%s is proved and told apart', async (_, answer, version, expected) => {
    const path = `secret/data/etl/x${version ? `?version=${version}` : ''}`;
    expect(faultText(await rig.read({ [path]: answer }, {}, version))).toMatch(expected);
  });

  test('a missing version of a key that is there, and of one that is not', async () => {
    const there = { 'secret/data/etl/x': versioned('{}') };
    expect(faultText(await rig.read(there, {}, '9'))).toMatch(/^VersionNotFound: .*has no version 9 of etl\/x/);
    expect(faultText(await rig.read({}, {}, '9'))).toMatch(/^KeyNotFound/);
  });

  test.each<[string, Record<string, Answer>, object, RegExp]>([
    [
      'an engine that is not mounted',
      { 'sys/internal/ui/mounts/nope': permissionDenied },
      { kv: { mount: 'nope' } },
      /^AccessDenied: .*no engine at "nope": check kv.mount/,
    ],
    [
      'version 1 where 2 is configured',
      { 'sys/internal/ui/mounts/secret': mountOf(1) },
      {},
      /^SourceInvalid: .*version 1, not 2: set kv.version: 1/,
    ],
    [
      'version 2 where 1 is configured',
      { '*': json({ data: null, warnings: [canary] }, 404) },
      { kv: { version: 1 } },
      /^SourceInvalid: .*version 2, not 1: set kv.version: 2/,
    ],
    [
      'another engine',
      { 'sys/internal/ui/mounts/secret': mountOf(2, 'database') },
      {},
      /^SourceInvalid: .*no KV engine/,
    ],
    [
      'a mount below the named one',
      { 'sys/internal/ui/mounts/secret': mountOf(2, 'kv', 'secret/team/') },
      {},
      /^SourceInvalid/,
    ],
    [
      'a complaint',
      { '*': json({ errors: [`no handler for ${canary}`] }, 404) },
      {},
      /^AccessDenied: .*does not say whether/,
    ],
    [
      'a page',
      { '*': { kind: 'reply', status: 404, body: `<html>${canary}` } },
      {},
      /^ProviderUnavailable: .*not Vault's/,
    ],
    ['a version that is neither', { '*': gone(false, '') }, {}, /^ProviderUnavailable/],
    ['a mount that cannot be asked', { 'sys/internal/ui/mounts/secret': json({}, 500) }, {}, /^ProviderUnavailable/],
  ])('%s is never absent', async (_, given, more, expected) => {
    expect(faultText(await rig.read(given, more))).toMatch(expected);
  });

  test.each<[string, Answer, RegExp]>([
    ['hides the mount', permissionDenied, /^no fault$/],
    ['has no such path', json({}, 404), /^no fault$/],
    ['takes the path for another', { kind: 'reply', body: `<html>${canary}` }, /^no fault$/],
    ['has trouble', json({}, 500), /^ProviderUnavailable/],
    ['knows another version', mountOf(1), /^SourceInvalid: .*set kv.version: 1$/],
    ['knows another engine', mountOf(2, 'database'), /^SourceInvalid: .*no KV engine/],
  ])('a value where what is in between %s', async (_, answer, expected) => {
    const given = { 'sys/internal/ui/mounts/secret': answer, 'secret/data/etl/x': versioned('{}') };
    expect(faultText(await rig.read(given))).toMatch(expected);
  });

  test('2,000 missing keys ask for the mount once', async () => {
    const logged = await rig.session({}, {}, new FakeTime()); // the answer is kept for 10 s, which a busy machine exceeds
    const hundred = (from: number) => Array.from({ length: 100 }, (_, i) => `k${from + i}`);
    const before = rig.calls('sys/internal/ui/mounts/secret');
    const answers: ReadAnswer[] = [];
    for (let i = 0; i < 2000; i += 100)
      answers.push(...(await Promise.all(hundred(i).map(key => logged.read({ key }, never)))));
    expect(new Set(answers.map(answer => !answer.ok && answer.fault.kind))).toEqual(new Set(['absent']));
    expect(rig.calls('sys/internal/ui/mounts/secret') - before).toBe(1);
  });
});
