import { invalidSpec } from '../../core/fault.ts';
import { failed, mapOk, ok, type Result } from '../../core/result.ts';
import { previousVersion } from '../provider.ts';

/** One object of a vault. Secrets, certificates and keys have name spaces of their own. */
export interface VaultObject {
  readonly kind: ObjectKind;
  readonly name: string;
}

export type ObjectKind = 'secret' | 'certificate' | 'key';

/**
 * `NAME` is a secret (`secret/NAME` is the same), `certificate/NAME` and `key/NAME` are the others. A vault finds a
 * name in any case, so there is one form of it: lower case.
 */
export function parseKey(key: string): Result<VaultObject> {
  const [matched, prefix = 'secret', name = ''] = /^(?:([A-Za-z]+)\/)?([0-9A-Za-z-]{1,127})$/.exec(key) ?? [];
  const kind = kinds.find(each => each === prefix.toLowerCase());
  if (matched !== undefined && kind !== undefined) return ok({ kind, name: name.toLowerCase() });
  return failed(invalidSpec(`remote key ${printable(key)} ${rule}`));
}

export const canonicalKey = (key: string): Result<string> => mapOk(parseKey(key), keyOf);

export const keyOf = ({ kind, name }: VaultObject): string => (kind === 'secret' ? name : `${kind}/${name}`);

/** The id that a vault gives to each version. */
export function checkVersion(version: string | undefined): Result<string | undefined> {
  if (version === undefined) return ok(undefined);
  if (/^[0-9a-fA-F]{32}$/.test(version)) return ok(version.toLowerCase());
  if (version === previousVersion)
    return failed(
      invalidSpec(
        'a key vault does not count versions, and dates them by the second: name the one before by its version id instead of "previous"',
      ),
    );
  return failed(
    invalidSpec('remoteRef.version of a Key Vault object is its version id, 32 hexadecimal digits: see the vault'),
  );
}

const kinds: readonly ObjectKind[] = ['secret', 'certificate', 'key'];

const rule =
  'names no object of a key vault: it is NAME, secret/NAME (the same), certificate/NAME or key/NAME, and NAME has 1 to 127 letters, digits and hyphens; a version belongs into remoteRef.version';

const printable = (key: string): string =>
  JSON.stringify(`${key.slice(0, 80)}${key.length > 80 ? '...' : ''}`.replace(/[^\x20-\x7e]/g, '?'));
