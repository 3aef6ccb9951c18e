import type { Rewrite } from '../../../api/secret-reference/data-from.ts';
import { isSecretKey } from '../../../api/secret-reference/template.ts';
import { invalidSpec, unavailable } from '../../../core/fault.ts';
import { quoted } from '../../../core/quoted.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import type { Asker, Task } from '../../../sandbox/task.ts';
import { replaceInKeys, rewriteKeys } from '../../../template/task.ts';
import type { KeyRules } from '../nouns/observed.ts';
import type { SandboxTurn } from './sandbox-turn.ts';

/** The names after all rules, in the order of the given ones. */
export async function rewritten(
  names: readonly string[],
  { rewrite }: KeyRules,
  where: string,
  turn: SandboxTurn,
): Promise<Result<readonly string[]>> {
  let keys = names;
  for (const [index, rule] of rewrite.entries()) {
    const next = await byRule(keys, rule, `${where}.rewrite[${index}]`, turn);
    if (!next.ok) return next;
    keys = next.value;
  }
  return ok(keys);
}

async function byRule(
  names: readonly string[],
  { prefix, stripPrefix, case: letters, regexp, cel }: Rewrite,
  where: string,
  turn: SandboxTurn,
): Promise<Result<readonly string[]>> {
  if (prefix !== undefined) return ok(names.map(name => `${prefix}${name}`));
  if (stripPrefix !== undefined)
    return ok(names.map(name => (name.startsWith(stripPrefix) ? name.slice(stripPrefix.length) : name)));
  if (letters !== undefined)
    return ok(names.map(name => (letters === 'Upper' ? name.toUpperCase() : name.toLowerCase())));
  if (regexp !== undefined)
    return inSandbox(replaceInKeys, keys => ({ ...regexp, keys }), names, `${where}.regexp`, turn);
  if (cel !== undefined)
    return inSandbox(rewriteKeys, keys => ({ expression: cel, keys }), names, `${where}.cel`, turn);
  return ok(names);
}

/** So that many keys do not have to do with one deadline. */
const namesAtOnce = 500;

async function inSandbox<Input>(
  task: Task<Input, Result<readonly string[], string>>,
  inputFor: (names: readonly string[]) => Input,
  names: readonly string[],
  where: string,
  { key, sandbox, signal, isWanted }: SandboxTurn,
): Promise<Result<readonly string[]>> {
  const asker: Asker = { reference: key, where, signal };
  const keys: string[] = [];
  for (let from = 0; from < names.length; from += namesAtOnce) {
    if (!isWanted()) return failed(unavailable(`${where} is no longer asked for`));
    const done = await sandbox.run(task, inputFor(names.slice(from, from + namesAtOnce)), asker);
    if (!done.ok) return done;
    if (!done.value.ok) return failed(invalidSpec(`${where} cannot be used: ${done.value.fault}`));
    for (const each of done.value.value) keys.push(each);
  }
  return ok(keys);
}

/** Undefined for one that Kubernetes does not take. */
export function secretKeyFor(name: string, { invalidKeys }: Pick<KeyRules, 'invalidKeys'>): string | undefined {
  const key = invalidKeys === 'Replace' ? replaced(name) : name;
  return isSecretKey(key) ? key : undefined;
}

const replaced = (name: string): string => name.replace(/[^-._a-zA-Z0-9]/g, '_').replace(/^\.{0,2}$|^\.\./, '_');

/** For messages, behind a name or `which`. */
export const cannotBeKey = (name: string, given: string): string =>
  `${name === given ? '' : `is rewritten to ${quoted(given)} and `}cannot be a key of a Secret (letters, digits, "-", "_" and "." only, at most 253)`;
