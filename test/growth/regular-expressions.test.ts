import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { expressionsIn, expressionsOfSource, nameOf } from './expressions.ts';
import { cpuOf, endsWithin, KiB, stepwise, superlinear, type Text, use } from './growth.ts';
import { longest, onlyInObjects, overflows } from './overflow.ts';
import { worstTexts } from './worst-texts.ts';

/** No regular expression of src/ may hold the event loop, whatever text a tenant or a store finds for it. */

/** Why an expression may not be used; undefined when it may. */
async function complaint(regexp: RegExp): Promise<string | undefined> {
  const texts = worstTexts(regexp);
  if (!endsWithin(2000, () => texts.map(text => use(regexp, text(KiB / 4))))) return 'does not end';
  for (const text of await slowest(regexp, texts)) {
    const found = await superlinear(each => use(regexp, each), text, stepwise);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The two that take longest at a size at which a square is no time yet; one, if it takes long at less. */
async function slowest(regexp: RegExp, texts: readonly Text[]): Promise<readonly Text[]> {
  const timed: (readonly [Text, number])[] = [];
  for (const text of texts) {
    // The first run compiles the expression.
    if ((await cpuOf(() => use(regexp, text(2 * KiB)))) > 100) return [text];
    timed.push([text, await cpuOf(() => use(regexp, text(16 * KiB)))]);
  }
  const sorted = timed.toSorted(([, a], [, b]) => b - a);
  return sorted.slice(0, 2).map(([text]) => text);
}

const expressions = new Map(expressionsOfSource().map(each => [nameOf(each), each.regexp]));

describe('takes time in proportion to its text:', () => {
  test.each([...expressions])('%s', async (_, regexp) => {
    expect(await complaint(regexp)).toBeUndefined();
  });
});

describe('a stack that is too small', () => {
  test('is met by no expression, in a process that did nothing else before', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [`${import.meta.dirname}/overflow-all.ts`]);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  test('is met by a group that takes of it at each turn', () => {
    expect(overflows(/^([A-Za-z0-9+/]{4})*=?$/, longest)).toBe(true);
  });

  test('is no longer reason to except expressions that are gone', () => {
    expect(onlyInObjects.filter(name => !expressions.has(name))).toEqual([]);
  });
});

describe('an expression is found slow:', () => {
  test.each<[string, RegExp]>([
    ['the end of a run is looked for from each of its characters', /=+$/],
    ['from each beginning all the rest is searched for an end', /\/providers\/.*$/],
    ['two repeats share what they take', /^[a-z-]*[0-9a-z]*;$/],
    ['a repeat is repeated, with something optional between', /^([a-z]+\.?)*!$/],
  ])('%s', async (_, regexp) => expect(await complaint(regexp)).toBeDefined());
});

describe('expressions are found', () => {
  const found = (code: string) => expressionsIn('a.ts', code).map(({ text }) => text);
  test.each<[string, string, readonly string[]]>([
    ['wherever they stand', "const f = (a: string) => a.match(/x+/g) ?? [a.replace(/y/, '')];", ['/x+/g', '/y/']],
    ['and nothing that looks like one', "const a = '/x/'; const b = 4 / 2 / 1; // /z/", []],
    [
      'put together of constants',
      ["export const é = 'x';", 'const a = [`1`];', "new RegExp(é + a, 'i');"].join('\n'),
      ['/x1/i'],
    ],
  ])('%s', (_, code, expected) => expect(found(code)).toEqual(expected));

  test('or refused', () => expect(() => found('const f = (a: string) => RegExp(a);')).toThrow('cannot be looked at'));
});
