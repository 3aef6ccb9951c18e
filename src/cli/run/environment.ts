import type { ObjectKey } from '../../core/object-key.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { SecretValue } from '../../core/secret-value.ts';
import type { Rendered } from '../render/rendered.ts';
import { leastMasked } from './masker.ts';

/** The values as variables of a program. */
export interface Environment {
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly Uint8Array[];
  /** What somebody may have wanted and does not get, in sentences. */
  readonly notes: readonly string[];
}

/** All or nothing: with one reference that failed, or two that give the same variable, there is none. */
export function environmentOf(rendered: ReadonlyMap<ObjectKey, Rendered>): Result<Environment, string> {
  const variables = new Map<string, { readonly from: ObjectKey; readonly text: string }>();
  const secrets: Uint8Array[] = [];
  const notes: string[] = [];
  for (const [from, name, value] of valuesIn(rendered)) {
    const before = variables.get(name)?.from;
    if (before !== undefined) return failed(`${before} and ${from} both give ${name}: choose one by --reference`);
    const text = textFor(name, value);
    if (text.ok) variables.set(name, { from, text: text.value });
    else notes.push(`${from}: ${name} is no variable: ${text.fault}`);
    secrets.push(value.reveal());
    if (value.size > 0 && value.size < leastMasked)
      notes.push(`${from}: ${name} is too short to be masked (under ${leastMasked} bytes)`);
  }
  const pairs = [...variables].map(([name, { text }]) => [name, text]);
  return ok({ variables: Object.fromEntries(pairs), secrets, notes });
}

function* valuesIn(rendered: ReadonlyMap<ObjectKey, Rendered>): Generator<readonly [ObjectKey, string, SecretValue]> {
  for (const [key, each] of rendered)
    if (each.kind === 'secrets')
      for (const { data } of each.secrets) for (const [name, value] of data) yield [key, name, value];
}

function textFor(name: string, value: SecretValue): Result<string, string> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return failed('its name may have only letters, digits and "_"');
  const text = value.revealText();
  if (text === undefined) return failed('its value is no text');
  return text.includes('\0') ? failed('its value has a NUL byte') : ok(text);
}
