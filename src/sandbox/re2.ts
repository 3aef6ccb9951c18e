import { RE2JS } from 're2js';
import { failed, mapOk, ok, type Result } from '../core/result.ts';

/** A regular expression of a tenant, and the names to look at. */
export interface NamesToMatch {
  readonly regexp: string;
  readonly names: readonly string[];
}

export const matchNames = ({ regexp, names }: NamesToMatch): Result<readonly boolean[], string> =>
  mapOk(compile(regexp), expression => names.map(name => expression.testExact(name)));

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
