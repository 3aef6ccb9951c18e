import * as z from 'zod';
import { type Answer, json } from '../answers.ts';
import { bundle, deletedItem, item, page, versionItem } from './bundles.ts';
import { vaultError } from './errors.ts';
import { type Secret, type Secrets, type SecretVersion, versionOf } from './objects.ts';

/** One call on a vault, as far as it was understood. */
export interface VaultCall {
  /** URL of the vault. */
  readonly vault: string;
  readonly secrets: Secrets;
  readonly path: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly query: URLSearchParams;
  readonly body: string;
}

export function getSecret(call: VaultCall): Answer {
  return withVersion(call, (secret, version) =>
    version.enabled
      ? json(bundle(call.vault, secret, version))
      : vaultError(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled'),
  );
}

export function listSecrets({ vault, secrets, path, query }: VaultCall): Answer {
  const living = secrets.all().filter(secret => !secret.deleted);
  return json(
    page(
      vault,
      path,
      query,
      living.flatMap(secret => secret.versions.slice(-1).map(newest => item(vault, secret, newest))),
    ),
  );
}

export function listVersions(call: VaultCall): Answer {
  const lines = living(call)?.versions.flatMap((version, _, all) =>
    versionItem(call.vault, { name: call.name, versions: all }, version),
  );
  return json(page(call.vault, call.path, call.query, lines ?? []));
}

const Change = z.object({
  value: z.string().optional(),
  contentType: z.string().max(255).optional(),
  tags: z.record(z.string().max(256), z.string().max(256)).optional(),
  attributes: z.object({ enabled: z.boolean().optional() }).optional(),
});

/** 25 KiB, counted in bytes. */
const mostBytes = 25_600;

export function setSecret({ vault, secrets, name, body }: VaultCall): Answer {
  const change = changeOf(body);
  if (change?.value === undefined || Object.keys(change.tags ?? {}).length > 15)
    return badParameter('An invalid value was provided.');
  if (Buffer.byteLength(change.value) > mostBytes) return badParameter('The specified value is too long.');
  if (secrets.find(name)?.deleted) return recoverable(name);
  const made = secrets.set(name, { ...change, value: change.value });
  return json(bundle(vault, secrets.find(name) ?? { name, versions: [] }, made));
}

export function updateSecret(call: VaultCall): Answer {
  const change = changeOf(call.body);
  if (!change) return badParameter('An invalid value was provided.');
  return withVersion(call, secret => {
    const changed = call.secrets.update(secret.name, change, call.version);
    return changed ? json({ ...bundle(call.vault, secret, changed), value: undefined }) : notFound(call);
  });
}

export function deleteSecret(call: VaultCall): Answer {
  return withVersion(call, secret => {
    call.secrets.remove(secret.name);
    return getDeleted(call);
  });
}

export const getDeleted = (call: VaultCall): Answer =>
  withDeleted(call, (secret, newest) => json(deletedItem(call.vault, secret, newest)));

export const recoverSecret = (call: VaultCall): Answer =>
  withDeleted(call, (secret, newest) => {
    call.secrets.recover(secret.name);
    return json(versionItem(call.vault, secret, newest));
  });

export const purgeSecret = (call: VaultCall): Answer =>
  withDeleted(call, secret => {
    call.secrets.purge(secret.name);
    return { kind: 'reply', status: 204 };
  });

const living = ({ secrets, name }: VaultCall): Secret | undefined => {
  const secret = secrets.find(name);
  return secret?.deleted ? undefined : secret;
};

function withVersion(call: VaultCall, then: (secret: Secret, version: SecretVersion) => Answer): Answer {
  const secret = living(call);
  const version = secret && versionOf(secret, call.version);
  return secret && version ? then(secret, version) : notFound(call);
}

function withDeleted(call: VaultCall, then: (secret: Secret, newest: SecretVersion) => Answer): Answer {
  const secret = call.secrets.find(call.name);
  const newest = secret?.deleted && versionOf(secret);
  return secret && newest ? then(secret, newest) : notFound(call);
}

/** What was sent, in the words of the state; undefined when it is nothing that a vault takes. */
function changeOf(body: string) {
  const parsed = Change.safeParse(JSON.parse(body || '{}'));
  if (!parsed.success) return undefined;
  const { value, contentType, tags, attributes } = parsed.data;
  return {
    ...(value !== undefined && { value }),
    ...(contentType !== undefined && { contentType }),
    ...(tags && { tags }),
    ...(attributes?.enabled !== undefined && { enabled: attributes.enabled }),
  };
}

const badParameter = (message: string): Answer => vaultError(400, 'BadParameter', message);

const notFound = ({ name, version }: VaultCall): Answer =>
  vaultError(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${[name, version].filter(part => part !== undefined).join('/')} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
  );

const recoverable = (name: string): Answer =>
  vaultError(
    409,
    'Conflict',
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.`,
    'ObjectIsDeletedButRecoverable',
  );
