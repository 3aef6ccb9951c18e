import { invalidSpec } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { parentOf } from './endpoints.ts';
import type { GcpSmSpec } from './spec.ts';

/**
 * The one form of a key is the short name. A full name comes out as its short one when project and location are those
 * of the source, letter by letter: that a number and an id are the same project is known to Google alone.
 */
export function canonicalKey(spec: GcpSmSpec, key: string): Result<string> {
  const name = key.startsWith('projects/') ? ownName(spec, key) : key;
  if (name === undefined) return failed(invalidSpec(`remote key ${printable(key)} ${notOurs(spec)}`));
  if (!shortName.test(name)) return failed(invalidSpec(`remote key ${printable(key)} ${rule}`));
  return ok(name);
}

/** A number from 1 on, or an alias. `latest` is what a reference without a version gets. */
export function checkVersion(version: string | undefined): Result<string | undefined> {
  if (version === undefined || version === 'latest') return ok(undefined);
  if (/^([1-9][0-9]{0,17}|[A-Za-z][A-Za-z0-9_-]{0,62})$/.test(version)) return ok(version);
  return failed(
    invalidSpec(
      'remoteRef.version of a Secret Manager secret is a number from 1 on, such as "7", or an alias: a letter, then to 62 letters, digits, "_" and "-"',
    ),
  );
}

const shortName = /^[A-Za-z0-9_-]{1,255}$/;

const ownName = (spec: GcpSmSpec, key: string): string | undefined => {
  const prefix = `${parentOf(spec)}/secrets/`;
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
};

const notOurs = (spec: GcpSmSpec): string =>
  `does not begin with ${parentOf(spec)}/secrets/, as the source has project and location: use a source for that project, or begin so if it is this very one`;

const rule =
  'names no secret of Secret Manager: it is NAME or the full name of such a secret, and NAME has 1 to 255 letters, digits, "_" and "-"; a version belongs into remoteRef.version';

const printable = (key: string): string =>
  JSON.stringify(`${key.slice(0, 80)}${key.length > 80 ? '...' : ''}`.replace(/[^\x20-\x7e]/g, '?'));
