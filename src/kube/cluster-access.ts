import { accessDenied, authFailed, type Fault, invalid, kubernetesUnavailable } from '../core/fault.ts';
import { objectKey } from '../core/object-key.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { SecretValue } from '../core/secret-value.ts';
import { fieldOf, isJsonObject, textOf } from '../core/untyped.ts';
import { utf8Text } from '../core/utf8.ts';
import { mintedTokenMs, type ObjectField } from '../providers/provider.ts';
import type { ClusterAccess } from '../remote/ports.ts';
import type { KubeClient, KubeFault, Lister, MetadataObject, Resource } from './api.ts';
import type { RoundTrip } from './http.ts';

export interface ClusterAccessPorts {
  readonly client: KubeClient;
  /** Base URL of the API server. */
  readonly address: string;
  readonly asBearer: (token: SecretValue) => RoundTrip;
  readonly serviceAccounts: Lister<MetadataObject>;
  /** Only Secrets that carry the credential label. */
  readonly credentials: Lister<MetadataObject>;
}

/** The cluster as sessions see it: identities, tokens, CA bundles, credentials. */
export function createClusterAccess(ports: ClusterAccessPorts): ClusterAccess {
  const { client, address, serviceAccounts, credentials } = ports;
  return {
    address,
    serviceAccount: (namespace, name) => serviceAccounts.get(objectKey(namespace, name))?.metadata,
    credentialVersion: (namespace, name) => credentials.get(objectKey(namespace, name))?.metadata.resourceVersion,
    mintToken: (serviceAccount, audiences, signal) => mintToken(client, serviceAccount, audiences, signal),
    acceptsToken: (token, signal) => acceptsToken(ports.asBearer(token), signal),
    configMapField: (namespace, field, signal) => configMapField(client, namespace, field, signal),
    credentialField: (namespace, field, signal) => credentialField(client, namespace, field, signal),
    trustBundle: (name, signal) => trustBundle(client, name, signal),
  };
}

const serviceAccountsResource: Resource = { group: '', version: 'v1', plural: 'serviceaccounts' };

/**
 * The UID is a precondition: a ServiceAccount that was made again under the same name is another identity. Urgent, because a
 * rotation may be among those who wait for the login.
 */
async function mintToken(
  client: KubeClient,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
  audiences: readonly string[],
  signal: AbortSignal,
): Promise<Result<SecretValue>> {
  const key = objectKey(namespace, name);
  const spec = { audiences, expirationSeconds: mintedTokenMs / 1000 };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { uid }, spec };
  const answer = await client.createSub(serviceAccountsResource, key, 'token', body, { signal, priority: 'high' });
  if (!answer.ok) return failed(tokenFault(answer.fault, key));
  const token = textOf(fieldOf(fieldOf(answer.value, 'status'), 'token'));
  return token ? ok(SecretValue.fromText(token)) : failed(kubernetesUnavailable(noToken(key)));
}

const noToken = (key: string): string =>
  `the API server gave no token for ServiceAccount ${key}; it will be asked again`;

function tokenFault(fault: KubeFault, key: string): Fault {
  if (fault.kind === 'not-found') {
    return invalid(
      'ServiceAccountNotFound',
      `ServiceAccount ${key} does not exist; create it or change the serviceAccountRef.name of the source`,
    );
  }
  if (fault.kind === 'conflict') {
    return kubernetesUnavailable(`ServiceAccount ${key} was just made again; the new one will be used`);
  }
  if (fault.kind === 'refused') {
    return authFailed(
      `the API server refused a token for ServiceAccount ${key}; allow the operator to create serviceaccounts/token there (RBAC, and policies.operatorTokens of the chart), and check the audiences of the source`,
    );
  }
  return apiServerFault(fault, `a token for ServiceAccount ${key}`);
}

const review = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { type: 'application/json', json: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } },
} as const;

/** Only a clear yes or no counts: after anything else the token is sent nowhere. */
async function acceptsToken(call: RoundTrip, signal: AbortSignal): Promise<Result<boolean>> {
  const answer = await call(review, { signal });
  if (answer.kind === 'answered' && answer.status === 201) return ok(true);
  if (answer.kind === 'answered' && answer.status === 401) return ok(false);
  return failed(
    kubernetesUnavailable('the API server did not say whether it accepts the minted token; it will be asked again'),
  );
}

const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps' };
const secrets: Resource = { group: '', version: 'v1', plural: 'secrets' };

/** Without it, who may write a source could have any Secret of the namespace sent to an address of their own. */
export const credentialLabel = 'shearline.dev/credential';

const noBundle = (object: string): Fault =>
  invalid('CABundleInvalid', `${object} does not exist; create it or change the caBundle of the source`);

/** Text of one key of a ConfigMap: a CA bundle. */
export async function configMapField(
  client: KubeClient,
  namespace: string,
  { name, key }: ObjectField,
  signal: AbortSignal,
): Promise<Result<string>> {
  const object = `ConfigMap ${namespace}/${name}`;
  const wrong = (what: string): Fault => invalid('CABundleInvalid', what);
  const answer = await client.get(configMaps, objectKey(namespace, name), { signal });
  if (!answer.ok) {
    if (answer.fault.kind !== 'not-found') return failed(apiServerFault(answer.fault, object));
    return failed(noBundle(object));
  }
  const text = textOf(fieldOf(fieldOf(answer.value, 'data'), key));
  return text ? ok(text) : failed(wrong(`${object} has no text under ${key}; put the CA bundle there, as PEM`));
}

/** Beta until 1.36, and only there if it was turned on. */
const trustBundles: readonly Resource[] = ['v1', 'v1beta1'].map(version => ({
  group: 'certificates.k8s.io',
  version,
  plural: 'clustertrustbundles',
}));

/** The PEM of a ClusterTrustBundle, in whichever version the API server has them. */
export async function trustBundle(client: KubeClient, name: string, signal: AbortSignal): Promise<Result<string>> {
  const object = `ClusterTrustBundle ${name}`;
  for (const resource of trustBundles) {
    const answer = await client.get(resource, objectKey('', name), { signal });
    if (answer.ok) return ok(textOf(fieldOf(fieldOf(answer.value, 'spec'), 'trustBundle')) ?? '');
    if (answer.fault.kind === 'not-found') return failed(noBundle(object));
    // What it does not know it answers as if it could not: with a 404 that names no object.
    if (answer.fault.kind !== 'unavailable') return failed(apiServerFault(answer.fault, object));
  }
  return failed(
    kubernetesUnavailable(
      `the API server did not give ${object}; Kubernetes before 1.37 has them only if the feature was turned on; it will be asked again`,
    ),
  );
}

/** Bytes of one key of a Secret that may serve as a credential. */
export async function credentialField(
  client: KubeClient,
  namespace: string,
  { name, key }: ObjectField,
  signal: AbortSignal,
): Promise<Result<SecretValue>> {
  const object = `Secret ${namespace}/${name}`;
  const wrong = (what: string): Fault => invalid('SourceInvalid', what);
  const answer = await client.get(secrets, objectKey(namespace, name), { signal });
  if (!answer.ok) {
    if (answer.fault.kind !== 'not-found') return failed(apiServerFault(answer.fault, object));
    return failed(wrong(`${object} does not exist; create it or change the source that names it as a credential`));
  }
  // Looked up on the very object that the bytes come from: the cache may be a moment behind.
  const labels = fieldOf(fieldOf(answer.value, 'metadata'), 'labels');
  if (fieldOf(labels, credentialLabel) !== 'true') {
    return failed(wrong(`${object} may not serve as a credential: add the label ${credentialLabel}: "true" to it`));
  }
  const encoded = textOf(fieldOf(fieldOf(answer.value, 'data'), key));
  return encoded
    ? ok(new SecretValue(Buffer.from(encoded, 'base64')))
    : failed(wrong(`${object} has nothing under ${key}; put the credential there or change the key in the source`));
}

/** For what no user of the object asked for can fix. `what` is the end of the sentence "the API server did not give …". */
export function apiServerFault(fault: KubeFault, what: string): Fault {
  switch (fault.kind) {
    // Not `throttled`: that would hold up everybody at the store, which asked for nothing.
    case 'throttled':
      return kubernetesUnavailable(`the API server is too busy to give ${what}; it will be asked again`);
    case 'refused':
      return accessDenied(`the operator may not read ${what}; grant it "get" on it`);
    default:
      return kubernetesUnavailable(`the API server did not give ${what}; it will be asked again`);
  }
}

/** Whoever may write a reference could otherwise copy any Secret of the namespace into another one. */
const templateLabel = 'shearline.dev/template';

/** The texts of a ConfigMap or Secret; undefined when there is none that may serve as templates. What is no text is left out: it can be none. */
export async function templateTexts(
  client: KubeClient,
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Result<Readonly<Record<string, string>> | undefined>> {
  const answer = await client.get(kind === 'ConfigMap' ? configMaps : secrets, objectKey(namespace, name), { signal });
  if (!answer.ok && answer.fault.kind !== 'not-found')
    return failed(apiServerFault(answer.fault, `${kind} ${namespace}/${name}`));
  return ok(textsIn(kind, answer.ok ? answer.value : undefined));
}

/** The label is looked up on the very object that the texts come from: a cache may be a moment behind. */
export function textsIn(kind: 'ConfigMap' | 'Secret', found: unknown): Readonly<Record<string, string>> | undefined {
  if (fieldOf(fieldOf(fieldOf(found, 'metadata'), 'labels'), templateLabel) !== 'true') return undefined;
  const data = fieldOf(found, 'data');
  const entries = Object.entries(isJsonObject(data) ? data : {});
  return Object.fromEntries(entries.flatMap(([key, value]) => textIn(kind, key, value)));
}

function textIn(kind: 'ConfigMap' | 'Secret', key: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'string') return [];
  if (kind === 'ConfigMap') return [[key, value]];
  const text = utf8Text(Buffer.from(value, 'base64'));
  return text === undefined ? [] : [[key, text]];
}
