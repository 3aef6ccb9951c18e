import { invalidSpec } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';

/** `SCOPE/KEY`. Databricks does not tell capitals from small letters in either, so the canonical form has none. */
export interface Place {
  readonly scope: string;
  readonly key: string;
}

export function placeOf(remoteKey: string): Result<Place> {
  const [scope = '', key = '', ...rest] = remoteKey.split('/');
  if (rest.length > 0 || !isScope(scope) || !isKey(key)) return failed(invalidSpec(form));
  return ok({ scope: scope.toLowerCase(), key: key.toLowerCase() });
}

export const keyOf = ({ scope, key }: Place): string => `${scope}/${key}`;

/** Looked at before capitals are made small: there are letters of other alphabets whose small form is an ASCII letter. */
export const isScope = (text: string): boolean => isName(text.replaceAll('@', '_'));
export const isKey = (text: string): boolean => isName(text);

const isName = (text: string): boolean => /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,128}$/.test(text);

const form =
  'a remote key is SCOPE/KEY, each of up to 128 letters, digits, "-", "_" and "." (and "@" in a scope); capitals do not count';
