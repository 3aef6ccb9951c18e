import type { RE2JS } from 're2js';
import { nameTest as globTest } from '../../../api/allowed-keys.ts';
import { parseKeyPattern } from '../../../api/key-pattern.ts';
import { invalidSpec } from '../../../core/fault.ts';
import { failed, mapOk, ok, type Result } from '../../../core/result.ts';
import type { Search } from '../observed.ts';

/** Which names a search takes: those after its prefix. */
export type NameTest = (name: string) => boolean;

/** By the parsed `name` of the spec, which lives as long as one version of the reference. */
const known = new WeakMap<object, Result<NameTest>>();

export async function nameTest({ name, where }: Pick<Search, 'name' | 'where'>): Promise<Result<NameTest>> {
  if (name === undefined) return ok(() => true);
  const test = known.get(name) ?? (await testOf(name, `${where}.find.name`));
  known.set(name, test);
  return test;
}

async function testOf({ glob, regexp }: NonNullable<Search['name']>, where: string): Promise<Result<NameTest>> {
  if (glob !== undefined) return mapOk(parseKeyPattern(glob, `${where}.glob`), globTest);
  return mapOk(await compile(regexp ?? '', `${where}.regexp`), expression => name => expression.testExact(name));
}

/** So that neither compiling nor looking at a name of 1024 characters takes more than a few milliseconds. */
const maxRepeats = 100;
const maxProgram = 300;

/** RE2 takes linear time, but as many steps a character as its program has: the expression is a tenant's. */
async function compile(regexp: string, where: string): Promise<Result<RE2JS>> {
  const bad = (why: string) => failed(invalidSpec(`${where} cannot be used: ${why}`));
  if (repeatsIn(regexp) > maxRepeats)
    return bad(`its counted repeats, such as {3}, add up to more than ${maxRepeats}: use *, + or smaller numbers`);
  const { RE2JS } = await import('re2js');
  try {
    const expression = RE2JS.compile(regexp);
    if (expression.programSize() <= maxProgram) return ok(expression);
  } catch {
    return bad('it is no regular expression that RE2 takes');
  }
  return bad(`it is larger than ${maxProgram} steps of RE2: use fewer repeats and groups`);
}

/** The sum of the largest numbers in `{3}`, `{1,3}` and `{2,}`; what is escaped, such as `\\x{41}`, is none. */
function repeatsIn(regexp: string): number {
  const counts = regexp.matchAll(/\\(?:x\{|.)|\{(\d+)(?:,(\d*))?\}/gs);
  return [...counts].reduce((sum, [, least = '0', most]) => sum + Number(most || least), 0);
}
