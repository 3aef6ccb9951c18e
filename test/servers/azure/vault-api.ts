import type { Answer } from '../answers.ts';
import type { RecordedRequest } from '../stand-in.ts';
import type { Access, Action, Scope } from './access.ts';
import type { Directory, Grant } from './directory.ts';
import { unauthorized, vaultError } from './errors.ts';
import type { Secrets } from './objects.ts';
import type { Collection, PublicObjects } from './public-objects.ts';
import {
  deleteSecret,
  getDeleted,
  getSecret,
  listSecrets,
  listVersions,
  purgeSecret,
  recoverSecret,
  setSecret,
  updateSecret,
  type VaultCall,
} from './secret-calls.ts';

/** One key vault: what is in it, who may use it, whose tokens it takes. */
export interface Vault {
  readonly url: string;
  readonly tenantId: string;
  /** URL of the tenant at Microsoft Entra. */
  readonly authority: string;
  /** Audience that tokens must have. */
  readonly resource: string;
  readonly directory: Directory;
  readonly access: Access;
  readonly secrets: Secrets;
  readonly publicObjects: PublicObjects;
}

/** A call on the REST API of a vault: who asks, whether it is a call at all, whether they may, and then the answer. */
export function answerVaultCall(vault: Vault, { method, path: target, headers, body }: RecordedRequest): Answer {
  const { pathname: path, searchParams: query } = new URL(target, vault.url);
  const grant = grantFor(vault, headers.authorization);
  if ('kind' in grant) return grant;
  if (!/^(7\.\d|20\d\d-\d\d-\d\d)$/.test(query.get('api-version') ?? ''))
    return vaultError(400, 'BadParameter', 'Missing or invalid api-version query parameter.');
  const route = routes.find(each => each.method === method && each.path.test(path));
  if (!route) return vaultError(404, 'NotFound', 'The requested resource was not found.');
  const { collection = '', name = '', version } = route.path.exec(path)?.groups ?? {};
  if (name !== '' && !/^[0-9a-zA-Z-]{1,127}$/.test(name))
    return vaultError(400, 'BadParameter', `The request URI contains an invalid name: ${name}`);
  if (!vault.access.allows(grant.clientId, route.action, scopeOf(collection, name)))
    return forbidden(grant, route.action);
  return route.run({ vault: vault.url, secrets: vault.secrets, path, name, version, query, body }, vault);
}

/** The grant of the call's token, whatever became of it since. */
export const grantOf = ({ directory }: Vault, authorization: string | string[] | undefined): Grant | undefined =>
  directory.grantOf(`${authorization ?? ''}`.replace(/^Bearer /, ''));

function grantFor(vault: Vault, authorization: string | string[] | undefined): Grant | Answer {
  if (authorization === undefined) return unauthorized('AKV10000: Request is missing a Bearer or PoP token.', vault);
  const grant = grantOf(vault, authorization);
  if (!grant || grant.endsAt <= Date.now())
    return unauthorized(
      '[TokenExpired] Error validating token: lifetime validation failed, the token is expired.',
      vault,
    );
  if (grant.audience !== vault.resource)
    return unauthorized(`AKV10022: Invalid audience. Expected ${vault.resource}, found: ${grant.audience}.`, vault);
  if (grant.tenantId === vault.tenantId) return grant;
  return unauthorized(
    `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${vault.tenantId}/, found https://sts.windows.net/${grant.tenantId}/.`,
    vault,
  );
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly action: Action;
  readonly run: (call: VaultCall, vault: Vault) => Answer;
}

const getPublic =
  (collection: Collection): Route['run'] =>
  ({ name, version }, { url, publicObjects }) =>
    publicObjects.get(url, collection, name, version);

const one = '(?<name>[^/]+)';
const maybeVersion = '(/(?<version>[^/]+)|/)?';
const secret = (more: string) => new RegExp(`^/(?<collection>secrets)/${one}${more}$`);
const deleted = (more: string) => new RegExp(`^/deletedsecrets/${one}${more}$`);

/** First match wins. */
const routes: readonly Route[] = [
  { method: 'GET', path: /^\/secrets\/?$/, action: 'secrets/readMetadata/action', run: listSecrets },
  { method: 'GET', path: secret('/versions'), action: 'secrets/readMetadata/action', run: listVersions },
  { method: 'GET', path: secret(maybeVersion), action: 'secrets/getSecret/action', run: getSecret },
  { method: 'PUT', path: secret(''), action: 'secrets/setSecret/action', run: setSecret },
  { method: 'PATCH', path: secret(maybeVersion), action: 'secrets/setSecret/action', run: updateSecret },
  { method: 'DELETE', path: secret(''), action: 'secrets/delete', run: deleteSecret },
  { method: 'GET', path: deleted(''), action: 'secrets/readMetadata/action', run: getDeleted },
  { method: 'POST', path: deleted('/recover'), action: 'secrets/recover/action', run: recoverSecret },
  { method: 'DELETE', path: deleted(''), action: 'secrets/purge/action', run: purgeSecret },
  {
    method: 'GET',
    path: new RegExp(`^/(?<collection>certificates)/${one}${maybeVersion}$`),
    action: 'certificates/read',
    run: getPublic('certificates'),
  },
  {
    method: 'GET',
    path: new RegExp(`^/(?<collection>keys)/${one}${maybeVersion}$`),
    action: 'keys/read',
    run: getPublic('keys'),
  },
];

/** Of the list, and of what is deleted: the vault itself. */
function scopeOf(collection: string, name: string): Scope {
  if (collection === 'secrets' || collection === 'certificates' || collection === 'keys')
    return `${collection}/${name}`;
  return 'vault';
}

const forbidden = ({ clientId }: Grant, action: Action): Answer =>
  vaultError(
    403,
    'Forbidden',
    `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=${clientId}\r\nAction: 'Microsoft.KeyVault/vaults/${action}'\r\nAssignment: (not found)\r\n`,
    'ForbiddenByRbac',
  );
