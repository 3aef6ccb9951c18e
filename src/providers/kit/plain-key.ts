import { invalidSpec } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';

/**
 * A key is its own canonical form. It is percent-encoded before it goes into a URL; yet servers decode twice, take "\"
 * for "/" or cut off ";x", and what would then mean another key is refused here.
 */
export function checkKey(key: string): Result<string> {
  const wrong =
    key.length > 1024 ? 'is longer than 1024 characters' : rules.find(([pattern]) => pattern.test(key))?.[1];
  return wrong === undefined ? ok(key) : failed(invalidSpec(`the remote key ${quoted(key)} ${wrong}`));
}

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const rules: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'is empty'],
  [/^\/|\/$/, 'must not begin or end with "/"'],
  [/\/\//, 'has an empty segment ("//")'],
  [/(^|\/)[. ]+(\/|$)/, 'has a segment of dots or spaces alone'],
  [/[%?#\\;]/, 'has one of the characters % ? # \\ ; which mean something else in a URL'],
  [invisible, 'has a character that cannot be seen'],
];

/** Printable, and short enough for a condition. */
const quoted = (key: string): string =>
  JSON.stringify(`${key.slice(0, 80)}${key.length > 80 ? '…' : ''}`.replace(new RegExp(invisible, 'gu'), '?'));

/** Versions are whatever the API calls them, as long as they are plain. */
export function checkVersion(version: string): Result<string> {
  if (/^[A-Za-z0-9._:+=-]{1,128}$/.test(version)) return ok(version);
  return failed(invalidSpec('remoteRef.version may have only letters, digits and . _ : + = - here'));
}
