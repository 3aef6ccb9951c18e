import { RE2JS } from 're2js';
import { failed, flatMap, mapOk, ok, type Result } from '../core/result.ts';

/** A regular expression of a tenant, and the names to look at. */
export interface NamesToMatch {
  readonly regexp: string;
  readonly names: readonly string[];
}

export const matchNames = ({ regexp, names }: NamesToMatch): Result<readonly boolean[], string> =>
  mapOk(compile(regexp), expression => names.map(name => expression.testExact(name)));

/** What is replaced in each of some keys: `$1` is the first group, `$&` all that was found, `$$` a `$`. */
export const replaceIn = ({ match, replace, keys }: Replacement): Result<readonly string[], string> =>
  flatMap(compile(match), expression => {
    const unknown = unknownGroup(replace, expression.groupCount());
    if (unknown !== undefined)
      return failed(`its replacement names the group $${unknown}, which it does not have: for a $ by itself write $$`);
    const replaced: string[] = [];
    for (const key of keys) {
      const made = expression.matcher(key).replaceAll(replace);
      if (made.length > longestKey) return failed(`it gives a key of more than ${longestKey} characters`);
      replaced.push(made);
    }
    return ok(replaced);
  });

const longestKey = 1024;

/** The first number after a `$` that is the number of no group. */
const unknownGroup = (replacement: string, groups: number): string | undefined =>
  Array.from(replacement.matchAll(/\$(?:\$|(\d))/g), ([, digit]) => digit).find(
    digit => digit !== undefined && (digit === '0' || Number(digit) > groups),
  );

interface Replacement {
  readonly match: string;
  readonly replace: string;
  readonly keys: readonly string[];
}

/** Whether the expression is found in a text. */
export const isFound = (regexp: string, text: string): Result<boolean, string> =>
  mapOk(compile(regexp), expression => expression.matcher(text).find());

/** So that neither compiling nor one look takes more than some milliseconds. */
const maxRepeats = 100;
const maxProgram = 300;

/** RE2 takes linear time, but as many steps a character as its program has: the expression is a tenant's. */
function compile(regexp: string): Result<RE2JS, string> {
  if (repeatsIn(regexp) > maxRepeats)
    return failed(`its counted repeats, such as {3}, add up to more than ${maxRepeats}: use *, + or smaller numbers`);
  try {
    const expression = RE2JS.compile(regexp);
    if (expression.programSize() <= maxProgram) return ok(expression);
  } catch {
    return failed('it is no regular expression that RE2 takes');
  }
  return failed(`it is larger than ${maxProgram} steps of RE2: use fewer repeats and groups`);
}

/** The sum of the largest numbers in `{3}`, `{1,3}` and `{2,}`; what is escaped, such as `\\x{41}`, is none. */
function repeatsIn(regexp: string): number {
  const counts = regexp.matchAll(/\\(?:x\{|.)|\{(\d+)(?:,(\d*))?\}/gs);
  return [...counts].reduce((sum, [, least = '0', most]) => sum + Number(most || least), 0);
}
