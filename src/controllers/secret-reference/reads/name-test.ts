import { nameTest } from '../../../api/secret-source/allowed-keys.ts';
import { parseKeyPattern } from '../../../api/secret-source/key-pattern.ts';
import { invalidSpec, unavailable } from '../../../core/fault.ts';
import { failed, mapOk, ok, type Result } from '../../../core/result.ts';
import { matchNames } from '../../../sandbox/match-names.ts';
import type { Asker } from '../../../sandbox/task.ts';
import type { Search } from '../nouns/observed.ts';
import type { SandboxTurn } from './sandbox-turn.ts';

/** Which names a search takes: those after its prefix. */
export type NameTest = (name: string) => boolean;

/** By the parsed `name` of the spec, which lives as long as one version of the reference. */
const known = new WeakMap<object, Result<NameTest>>();

/** By glob, in this thread: a look at a name of 1024 characters takes microseconds, whatever the glob. */
export function globTest({ name, where }: Pick<Search, 'name' | 'where'>): Result<NameTest> {
  if (name?.glob === undefined) return ok(() => true);
  const test = known.get(name) ?? mapOk(parseKeyPattern(name.glob, `${where}.find.name.glob`), nameTest);
  known.set(name, test);
  return test;
}

/** So that copying them holds up nobody, and a large store does not have to do with one deadline. */
const namesAtOnce = 2000;

/** The keys whose names the regular expression takes: in the sandbox, for a tenant chooses what a look at one costs. */
export async function matchExpression(
  keys: readonly string[],
  { name, where, prefix }: Pick<Search, 'name' | 'where' | 'prefix'>,
  { key, sandbox, signal, isWanted }: SandboxTurn,
): Promise<Result<readonly string[]>> {
  if (name?.regexp === undefined) return ok(keys);
  const asker: Asker = { reference: key, where: `${where}.find.name.regexp`, signal };
  const taken: string[] = [];
  // Without any keys, once: whether the expression can be used.
  for (let from = 0; from === 0 || from < keys.length; from += namesAtOnce) {
    if (!isWanted()) return failed(unavailable(`${where}.find is no longer asked for`));
    const some = keys.slice(from, from + namesAtOnce);
    const names = some.map(each => each.slice(prefix.length));
    const matched = await sandbox.run(matchNames, { regexp: name.regexp, names }, asker);
    if (!matched.ok) return matched;
    const fits = matched.value;
    if (!fits.ok) return failed(invalidSpec(`${asker.where} cannot be used: ${fits.fault}`));
    for (const [index, each] of some.entries()) if (fits.value[index]) taken.push(each);
  }
  return ok(taken);
}
