import { describe, expect, test } from '@jest/globals';
import { canonicalKey, checkVersion } from '../../../src/providers/gcp-sm/keys.ts';
import { faultText } from '../wire.ts';
import { spec } from './rig.ts';

const global = spec();
const regional = spec({ location: 'europe-west3' });
const byNumber = spec({ project: '153396971788' });

describe('a key comes out as the short name', () => {
  test.each([
    [global, 'warehouse', 'warehouse'],
    [global, 'A_b-9', 'A_b-9'],
    [global, 'projects', 'projects'],
    [global, 'x'.repeat(255), 'x'.repeat(255)],
    [global, 'projects/etl-prod/secrets/warehouse', 'warehouse'],
    [regional, 'projects/etl-prod/locations/europe-west3/secrets/warehouse', 'warehouse'],
    [byNumber, 'projects/153396971788/secrets/warehouse', 'warehouse'],
  ])('%#: %j', (given, key, name) => expect(canonicalKey(given, key)).toEqual({ ok: true, value: name }));
});

describe('any other spelling is refused, and the message says why', () => {
  const elsewhere =
    /does not begin with projects\/.* use a source for that project, or begin so if it is this very one/;
  test.each([
    [global, '', /NAME has 1 to 255/],
    [global, 'x'.repeat(256), /NAME has 1 to 255/],
    [global, 'etl/warehouse', /NAME has 1 to 255/],
    [global, 'ware.house', /NAME has 1 to 255/],
    [global, 'grün', /NAME has 1 to 255/],
    [global, 'a\u200b', /"a\?" names no secret/],
    [global, 'projects/etl-prod/secrets/warehouse/versions/7', /a version belongs into remoteRef.version/],
    [global, 'projects/etl-prod/secrets/', /NAME has 1 to 255/],
    [global, 'projects/other/secrets/warehouse', elsewhere],
    [global, 'projects/153396971788/secrets/warehouse', elsewhere],
    [byNumber, 'projects/etl-prod/secrets/warehouse', elsewhere],
    [global, 'projects/etl-prod/locations/europe-west3/secrets/warehouse', elsewhere],
    [regional, 'projects/etl-prod/secrets/warehouse', elsewhere],
    [regional, 'projects/etl-prod/locations/europe-west4/secrets/warehouse', elsewhere],
  ])('%#: %j', (given, key, why) => {
    const result = canonicalKey(given, key);
    expect(faultText(result)).toMatch(/^InvalidSpec: [\x20-\x7e]+$/);
    expect(faultText(result)).toMatch(why);
  });
});

test('versions are numbers and aliases, and latest is none', () => {
  for (const good of ['1', '42', 'live', 'a', 'A-b_9', 'x'.repeat(63)])
    expect(checkVersion(good)).toEqual({ ok: true, value: good });
  for (const none of [undefined, 'latest']) expect(checkVersion(none)).toEqual({ ok: true, value: undefined });
  for (const bad of ['', '0', '-1', '01', '1.0', '_a', 'a/b', 'a:access', '../1', 'x'.repeat(64), '1?x', 'ä', '*'])
    expect(faultText(checkVersion(bad))).toMatch(/^InvalidSpec: .*a number from 1 on, such as "7", or an alias/);
});
