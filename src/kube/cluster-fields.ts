import { type Fault, invalid } from '../core/fault.ts';
import { objectKey } from '../core/object-key.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { SecretValue } from '../core/secret-value.ts';
import type { ObjectField } from '../providers/provider.ts';
import { apiServerFault } from './cluster-faults.ts';
import { fieldOf, textOf } from './json.ts';
import type { KubeClient, Resource } from './port.ts';

const configMaps: Resource = { group: '', version: 'v1', plural: 'configmaps' };
const secrets: Resource = { group: '', version: 'v1', plural: 'secrets' };

/** Without it whoever may write a source could have any Secret of the namespace sent to an address of their own. */
export const credentialLabel = 'shearline.dev/credential';

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
    return failed(wrong(`${object} does not exist; create it or change the caBundle of the source`));
  }
  const text = textOf(fieldOf(fieldOf(answer.value, 'data'), key));
  return text ? ok(text) : failed(wrong(`${object} has no text under ${key}; put the CA bundle there, as PEM`));
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
