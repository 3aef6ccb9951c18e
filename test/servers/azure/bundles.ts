import type { Secret, SecretVersion } from './objects.ts';

/** The forms in which a vault writes its secrets down. `vault` is its URL. */

const recovery = { recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 };

const attributesOf = ({ enabled, created, updated }: SecretVersion) => ({ enabled, created, updated, ...recovery });

const tagsOf = ({ tags }: SecretVersion) => (Object.keys(tags).length > 0 ? { tags } : {});

const typeOf = ({ contentType }: SecretVersion) => (contentType === undefined ? {} : { contentType });

/** With the value. */
export const bundle = (vault: string, { name }: Secret, version: SecretVersion) => ({
  value: version.value,
  ...typeOf(version),
  id: `${vault}/secrets/${name}/${version.version}`,
  attributes: attributesOf(version),
  ...tagsOf(version),
});

/** One line of the list of secrets; its id names no version. */
export const item = (vault: string, { name }: Secret, newest: SecretVersion) => ({
  ...typeOf(newest),
  id: `${vault}/secrets/${name}`,
  attributes: attributesOf(newest),
  ...tagsOf(newest),
});

/** One line of the list of a secret's versions. */
export const versionItem = (vault: string, secret: Secret, version: SecretVersion) => ({
  ...item(vault, secret, version),
  id: `${vault}/secrets/${secret.name}/${version.version}`,
});

/** A deleted secret, without its value. */
export const deletedItem = (vault: string, secret: Secret, newest: SecretVersion) => ({
  recoveryId: `${vault}/deletedsecrets/${secret.name}`,
  deletedDate: secret.deleted?.at,
  scheduledPurgeDate: (secret.deleted?.at ?? 0) + 90 * 86_400,
  ...versionItem(vault, secret, newest),
});

/** A page of a list, and the link to the next one: with the port, as the real service writes it. */
export function page(vault: string, path: string, query: URLSearchParams, lines: readonly object[]) {
  const size = Math.min(Number(query.get('maxresults') ?? 25), 25);
  const from = Number(Buffer.from(query.get('$skiptoken') ?? '', 'base64url').toString('utf8') || 0);
  const next = Buffer.from(`${from + size}`).toString('base64url');
  const link = `${vault}${path}?api-version=${query.get('api-version')}&$skiptoken=${next}&maxresults=${size}`;
  return { value: lines.slice(from, from + size), nextLink: from + size < lines.length ? link : null };
}
