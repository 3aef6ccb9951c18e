import { labels } from '../../api/annotations.ts';
import { authFailed, invalid } from '../../core/fault.ts';
import { objectKey } from '../../core/object-key.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { fieldOf, isJsonObject, textOf } from '../../core/untyped.ts';
import type { Machine, ObjectField } from '../../providers/provider.ts';
import type { ClusterAccess, KnownServiceAccount } from '../../remote/ports.ts';
import { type Developer, developerObject } from './developer.ts';
import type { Manifest } from './manifests.ts';

/**
 * What logins need of a cluster, out of the files: Secrets and ConfigMaps are taken from there. Tokens of ServiceAccounts
 * are what no file can give.
 */
export function accessOf(
  manifests: readonly Manifest[],
  machine: Machine,
  developer: Developer | undefined,
): ClusterAccess {
  const byKey = (kind: string) =>
    new Map(manifests.filter(each => each.kind === kind).map(each => [objectKey(each.namespace, each.name), each]));
  const [secrets, configMaps, accounts] = [byKey('Secret'), byKey('ConfigMap'), byKey('ServiceAccount')];
  return {
    machine,
    address: 'https://kubernetes.invalid',
    serviceAccount: (namespace, name) => accountOf(namespace, name, accounts.get(objectKey(namespace, name))),
    credentialVersion: (namespace, name) =>
      name === developerObject || isCredential(secrets.get(objectKey(namespace, name))) ? '1' : undefined,
    mintToken: async ({ namespace, name }) => failed(noTokens(namespace, name)),
    acceptsToken: async () => ok(false),
    configMapField: async (namespace, field) => {
      if (field.name === developerObject && developer?.authorities) return ok(developer.authorities);
      return fieldIn(configMaps.get(objectKey(namespace, field.name)), namespace, field);
    },
    trustBundle: async name =>
      trustBundleIn(
        manifests.find(each => each.kind === 'ClusterTrustBundle' && each.name === name),
        name,
      ),
    credentialField: async (namespace, field) => {
      if (field.name === developerObject && developer) return ok(developer.token);
      return valueIn(secrets.get(objectKey(namespace, field.name)), namespace, field);
    },
  };
}

const isCredential = (secret: Manifest | undefined): boolean =>
  fieldOf(fieldOf(secret?.object.metadata, 'labels'), labels.credential) === 'true';

function accountOf(namespace: string, name: string, file: Manifest | undefined): KnownServiceAccount {
  const texts = (field: string) => {
    const map = fieldOf(file?.object.metadata, field);
    return isJsonObject(map) ? Object.fromEntries(Object.entries(map).map(([key, value]) => [key, `${value}`])) : {};
  };
  return { uid: `${namespace}/${name}`, labels: texts('labels'), annotations: texts('annotations') };
}

const noTokens = (namespace: string, name: string) =>
  authFailed(
    `the source is entered with a token of ServiceAccount ${namespace}/${name}, which only a cluster gives: ` +
      'for Vault log in yourself (VAULT_ADDR and VAULT_TOKEN, or vault login), otherwise put a source of that name with a credential, or with the provider fake or local, into the files',
  );

function trustBundleIn(file: Manifest | undefined, name: string): Result<string> {
  const pem = textOf(fieldOf(fieldOf(file?.object, 'spec'), 'trustBundle'));
  if (pem !== undefined) return ok(pem);
  return failed(invalid('CABundleInvalid', `ClusterTrustBundle ${name} is not in the files; add it to them`));
}

function fieldIn(file: Manifest | undefined, namespace: string, { name, key }: ObjectField): Result<string> {
  const text = textOf(fieldOf(file?.object.data, key));
  if (text !== undefined) return ok(text);
  return failed(
    invalid('CABundleInvalid', `ConfigMap ${namespace}/${name} with the key ${key} is not in the files: add it by -f`),
  );
}

function valueIn(file: Manifest | undefined, namespace: string, { name, key }: ObjectField): Result<SecretValue> {
  const text = textOf(fieldOf(file?.object.stringData, key));
  if (text !== undefined) return ok(SecretValue.fromText(text));
  const encoded = textOf(fieldOf(file?.object.data, key));
  if (encoded !== undefined) return ok(new SecretValue(Buffer.from(encoded, 'base64')));
  return failed(invalid('SourceInvalid', `Secret ${namespace}/${name} in the files has no key ${key}`));
}
