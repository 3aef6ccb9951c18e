import { describe, expect, test } from '@jest/globals';
import { expressionsIn, expressionsOfSource } from './expressions.ts';
import { cpuOf, endsWithin, KiB, stepwise, superlinear, type Text } from './growth.ts';
import { hasRepeatedGroup, worstTexts } from './worst-texts.ts';

/** No regular expression of src/ may hold the event loop, whatever text a tenant or a store finds for it. */

const use = (regexp: RegExp, text: string): unknown => (regexp.global ? text.replace(regexp, '') : regexp.exec(text));

/**
 * Each turn of a repeated group takes a place on a stack, which ends with an exception. The longest text is an answer of
 * 4 MiB; these only ever see fields and annotations of objects of Kubernetes, of which the largest takes 1.5 MB.
 */
const onlyInObjects: readonly string[] = [
  'api/fields.ts /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/',
  'api/target.ts /^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/',
  'providers/aws/spec.ts /^[a-z]{2,4}(-[a-z]+)+-\\d{1,2}$/',
  'providers/azure-kv/spec.ts /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)+)$/',
  'providers/azure-kv/spec.ts /^https:\\/\\/[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*(:[0-9]{1,5})?\\/?$/',
  'providers/gcp-sm/spec.ts /^https:\\/\\/[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*(:[0-9]{1,5})?$/',
  'providers/http/spec.ts /^(\\/([^~/]|~[01])*)+$/',
];
const longest = 4 * KiB * KiB;
const longestInObjects = 1.5 * KiB * KiB;

/** Why an expression may not be used; undefined when it may. */
async function complaint(regexp: RegExp, most = longest): Promise<string | undefined> {
  const texts = worstTexts(regexp);
  if (!endsWithin(2000, () => texts.map(text => use(regexp, text(KiB / 4))))) return 'does not end';
  for (const text of await slowest(regexp, texts)) {
    const found = await superlinear(each => use(regexp, each), text, stepwise);
    if (found !== undefined) return found;
  }
  return hasRepeatedGroup(regexp) ? overflow(regexp, most) : undefined;
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

function overflow(regexp: RegExp, most: number): string | undefined {
  try {
    for (const text of worstTexts(regexp, [''])) use(regexp, text(most));
    return undefined;
  } catch {
    return 'throws';
  }
}

const expressions = new Map(expressionsOfSource().map(each => [`${each.path} ${each.text}`, each.regexp]));

describe('takes time in proportion to its text:', () => {
  test.each([...expressions])('%s', async (name, regexp) => {
    const most = onlyInObjects.includes(name) ? longestInObjects : longest;
    expect(await complaint(regexp, most)).toBeUndefined();
  });

  test('no exception is left that nothing needs', () => {
    expect(onlyInObjects.filter(name => !expressions.has(name))).toEqual([]);
  });
});

describe('an expression is found slow:', () => {
  test.each<[string, RegExp]>([
    ['the end of a run is looked for from each of its characters', /=+$/],
    ['from each beginning all the rest is searched for an end', /\/providers\/.*$/],
    ['two repeats share what they take', /^[a-z-]*[0-9a-z]*;$/],
    ['a repeat is repeated, with something optional between', /^([a-z]+\.?)*!$/],
    ['a group takes a stack', /^([A-Za-z0-9+/]{4})*=?$/],
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
