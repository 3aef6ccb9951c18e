import { invalidSpec } from '../../core/fault.ts';
import { quoted } from '../../core/quoted.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';
import type { VaultSpec } from './spec.ts';

/**
 * Everything that becomes part of a URL path is checked here first: keys, mounts, namespaces, roles. node-vault puts
 * paths together raw, and `etl/../admin` would be read with the rights of the login, past `allowedKeys`.
 */
export function checkPath(what: string, path: string, maxLength = 256): Result<string> {
  const wrong = path.length > maxLength ? `is longer than ${maxLength} characters` : complaint(path);
  return wrong === undefined ? ok(path) : failed(invalidSpec(`${what} ${quoted(path)} ${wrong}`));
}

/** A checked key is its own canonical form: the store knows no second spelling of it. */
export const checkKey = (key: string): Result<string> => checkPath('remote key', key, 1024);

/** KV version 2 numbers its versions from 1; 0 would mean "the newest" and hide a mistake. */
export function checkVersion(spec: VaultSpec, version: string | undefined): Result<string | undefined> {
  if (version === undefined) return ok(undefined);
  if (spec.kv.version === 1) return failed(invalidSpec('KV version 1 keeps no versions: remove remoteRef.version'));
  if (/^[1-9]\d{0,8}$/.test(version)) return ok(version);
  return failed(
    invalidSpec('remoteRef.version of a KV version 2 secret is a number from 1 on, such as "7", or "previous"'),
  );
}

/** The API path of a key as policies name it: `secret/data/etl/warehouse`. */
export function policyPath(spec: VaultSpec, key: string): string {
  return spec.kv.version === 2 ? `${spec.kv.mount}/data/${key}` : `${spec.kv.mount}/${key}`;
}

/** Where the engine lists the names below a folder (`etl/`, or nothing for the root), and keeps the metadata of a key. */
export function listPath(spec: VaultSpec, path: string): string {
  return spec.kv.version === 2 ? `${spec.kv.mount}/metadata/${path}` : `${spec.kv.mount}/${path}`;
}

/** A checked path as it stands in a URL: each segment percent-encoded. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const rules: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'is empty'],
  [/^\/|\/$/, 'must not begin or end with "/"'],
  [/\/\//, 'has an empty segment ("//")'],
  [/(^|\/)\.\.?(\/|$)/, 'has a segment "." or ".."'],
  [/[%?#\\]/, 'has one of the characters % ? # \\, which mean something else in a URL'],
  [invisible, 'has a character that cannot be seen'],
];

function complaint(path: string): string | undefined {
  return rules.find(([pattern]) => pattern.test(path))?.[1];
}
