import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { fieldOf, isJsonObject, type JsonObject } from '../../core/untyped.ts';
import type { ClusterAccess } from '../../remote/ports.ts';
import type { Io } from '../io.ts';
import type { Manifest } from './manifests.ts';

/** Stands for the developer's own login, and for the authorities that it trusts, where a source names objects of a cluster. */
export const developerObject = 'shearline-login-of-the-developer';

/** Where Vault or OpenBao is, seen from here. */
interface Place {
  readonly address: string;
  /** PEM. */
  readonly authorities: string | undefined;
}

/** How a developer enters Vault or OpenBao, as their own tools know it. */
export interface Developer extends Place {
  /**
   * It is sent to that address and nowhere else: the address of a source is whatever a file says, and whoever wrote the file
   * could be anybody.
   */
  readonly token: SecretValue;
  readonly namespace: string | undefined;
}

const named = ({ env }: Pick<Io, 'env'>, name: string): string | undefined =>
  env[`VAULT_${name}`] || env[`BAO_${name}`] || undefined;

/** VAULT_ADDR with VAULT_TOKEN or what `vault login` wrote; undefined without an address or a token. */
export async function developerOf(io: Pick<Io, 'env' | 'cwd'>): Promise<Developer | undefined> {
  const place = await placeOf(io);
  const { HOME: home } = io.env;
  const token = named(io, 'TOKEN') ?? (await textOf(home && join(home, '.vault-token')));
  if (place === undefined || token === undefined) return undefined;
  return { ...place, token: SecretValue.fromText(token), namespace: named(io, 'NAMESPACE') };
}

async function placeOf(io: Pick<Io, 'env' | 'cwd'>): Promise<Place | undefined> {
  const address = named(io, 'ADDR');
  const file = named(io, 'CACERT');
  return address === undefined ? undefined : { address, authorities: await textOf(file && resolve(io.cwd, file)) };
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  const text = file ? await readFile(file, 'utf8').catch(() => '') : '';
  return text.trim() || undefined;
}

/** A source of Vault, entered by the developer: with their token, at their address. Anything else stays as it is. */
export function asDeveloper(manifest: Manifest, developer: Developer): Manifest {
  const { namespace } = developer;
  const token = { secretRef: { name: developerObject, key: 'token' } };
  return withVault(manifest, vault => ({
    ...at(vault, developer),
    auth: { token, ...(namespace !== undefined && { namespace }) },
  }));
}

/** For a source of Vault whose own address leads nowhere from here: the same login at VAULT_ADDR. */
export async function atAddressOf(io: Pick<Io, 'env' | 'cwd'>) {
  const place = await placeOf(io);
  return {
    manifest: (manifest: Manifest): Manifest => (place ? withVault(manifest, vault => at(vault, place)) : manifest),
    access: (access: ClusterAccess): ClusterAccess => ({
      ...access,
      configMapField: async (namespace, field, signal) =>
        field.name === developerObject && place?.authorities
          ? ok(place.authorities)
          : access.configMapField(namespace, field, signal),
    }),
  };
}

const at = (vault: JsonObject, { address, authorities }: Place): JsonObject => ({
  ...vault,
  address,
  ...(authorities !== undefined && { caBundle: { configMapKeyRef: { name: developerObject, key: 'ca.crt' } } }),
});

function withVault(manifest: Manifest, change: (vault: JsonObject) => JsonObject): Manifest {
  const { object, kind } = manifest;
  const provider = fieldOf(object.spec, 'provider');
  const vault = fieldOf(provider, 'vault');
  if (kind !== 'SecretSource' && kind !== 'ClusterSecretSource') return manifest;
  if (!isJsonObject(object.spec) || !isJsonObject(provider) || !isJsonObject(vault)) return manifest;
  const spec = { ...object.spec, provider: { ...provider, vault: change(vault) } };
  return { ...manifest, object: { ...object, spec } };
}
