import { describe, expect, test } from '@jest/globals';
import { matchNames } from '../../src/sandbox/match-names.ts';

const match = await matchNames.load({ regexp: '', names: [] });
const looked = (regexp: string, ...names: readonly string[]) => match({ regexp, names });

test('an expression takes whole names', () => {
  expect(looked('[a-z]+', 'ab', 'ab1', '', 'é')).toEqual({ ok: true, value: [true, false, false, false] });
});

describe('an expression is taken', () => {
  test.each([
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    'a'.repeat(256),
    '(?i)(prod|test)-.*',
    '.{1,100}',
    '(?:.*a){50}',
    '\\x{2764}{2}\\{1000}',
  ])('%s', regexp => expect(looked(regexp)).toEqual({ ok: true, value: [] }));
});

describe('an expression cannot be used, and what to change is said:', () => {
  const repeats = 'its counted repeats, such as {3}, add up to more than 100: use *, + or smaller numbers';
  const large = 'it is larger than 300 steps of RE2: use fewer repeats and groups';
  test.each([
    ['(.?){1000}'.repeat(25), repeats],
    ['[a-z]{101}', repeats],
    ['a{60}b{41}', repeats],
    ['a{2,99}b{2,}', repeats],
    [`a{${'9'.repeat(200)}}`, repeats],
    ['((((.?){4}){4}){4}){4}'.repeat(6), large],
    ['(.?){75}', large],
    ['(', 'it is no regular expression that RE2 takes'],
  ])('%s', (regexp, fault) => expect(looked(regexp)).toEqual({ ok: false, fault }));
});
