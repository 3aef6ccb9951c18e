import { failed, ok, type Result } from '../core/result.ts';
import { prepare } from './expression.ts';
import { Context, Work } from './functions/context.ts';
import type { KeysToRewrite } from './task.ts';
import { kindOf } from './value.ts';

/** Keys are no values: their names may be in a message. */
export function rewrite({ expression, keys }: KeysToRewrite): Result<readonly string[], string> {
  const context = new Context('', '', new Work());
  const prepared = prepare(expression, new Map([['key', '']]));
  if (!prepared.ok) return failed(prepared.fault.message);
  const renamed: string[] = [];
  for (const key of keys) {
    const result = prepared.value({ variables: new Map([['key', key]]), context });
    if (!result.ok) return failed(result.fault.message);
    if (typeof result.value !== 'string') return failed(`the expression gives ${kindOf(result.value)}, not text`);
    renamed.push(result.value);
  }
  return ok(renamed);
}
