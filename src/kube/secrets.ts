import { type ObjectKey, objectKey, splitKey } from '../core/object-key.ts';
import { type ObjectMeta, type OwnerReference, parseObjectMeta } from '../core/object-meta.ts';
import { failed, flatMap, mapOk, ok } from '../core/result.ts';
import { SecretValue } from '../core/secret-value.ts';
import type { KubeClient, KubeResult, Resource } from './api.ts';

/** A Secret with its bytes. It lives for one reconcile and is never cached. */
export interface SecretObject {
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly immutable: boolean;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** What is written. With `resourceVersion` and `uid` it replaces exactly the Secret that was looked at. */
export interface SecretManifest {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly OwnerReference[];
    readonly finalizers: readonly string[];
  };
  readonly type: string;
  readonly immutable?: boolean | undefined;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** Own keys in somebody else's Secret: server-side apply, never forced, under the UID that was looked at. */
export interface SecretPart {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly fieldManager: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: ReadonlyMap<string, SecretValue>;
  /** Whether the Secret has keys beside ours, which stay. */
  readonly hasOthers: boolean;
}

/** The only code that reads and writes Secrets. */
export interface Secrets {
  get(key: ObjectKey, signal: AbortSignal): Promise<KubeResult<SecretObject>>;
  /** All but the bytes. */
  metadata(key: ObjectKey, signal: AbortSignal): Promise<KubeResult<ObjectMeta>>;
  create(manifest: SecretManifest, signal: AbortSignal): Promise<KubeResult<ObjectMeta>>;
  replace(manifest: SecretManifest, signal: AbortSignal): Promise<KubeResult<ObjectMeta>>;
  apply(part: SecretPart, signal: AbortSignal): Promise<KubeResult<ObjectMeta>>;
  /** Deletes the object of this UID only, and only in this version when one is given. */
  delete(
    key: ObjectKey,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
    signal: AbortSignal,
  ): Promise<KubeResult<void>>;
}

const secrets: Resource = { group: '', version: 'v1', plural: 'secrets' };

export function createSecrets(client: KubeClient): Secrets {
  const written = (answer: KubeResult<unknown>): KubeResult<ObjectMeta> => flatMap(answer, metadataOf);
  return {
    get: async (key, signal) => flatMap(await client.get(secrets, key, { signal }), parseSecret),
    metadata: async (key, signal) =>
      flatMap(await client.get(secrets, key, { signal, answer: 'metadata' }), metadataOf),
    create: async (manifest, signal) =>
      written(
        await client.create(secrets, manifest.metadata.namespace, bodyOf(manifest), { signal, answer: 'metadata' }),
      ),
    replace: async (manifest, signal) => {
      const { namespace, name } = manifest.metadata;
      return written(
        await client.replace(secrets, objectKey(namespace, name), bodyOf(manifest), { signal, answer: 'metadata' }),
      );
    },
    apply: async (part, signal) =>
      written(
        await client.patch(
          secrets,
          part.key,
          { type: 'application/apply-patch+yaml', body: partBody(part), fieldManager: part.fieldManager },
          { signal, answer: 'metadata' },
        ),
      ),
    delete: (key, preconditions, signal) => client.delete(secrets, key, preconditions, { signal }),
  };
}

const bodyOf = ({ metadata, type, immutable, data }: SecretManifest): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata,
  type,
  ...(immutable === undefined ? {} : { immutable }),
  data: encoded(data),
});

/**
 * Whoever applies an empty map owns the map itself, and is in the way of all who bring it back. But a map in which nobody is
 * known to own a key goes as a whole when we say nothing of it, and so it is with keys that were applied as stringData.
 */
const partBody = ({ key, uid, annotations, data, hasOthers }: SecretPart): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: splitKey(key).name, uid, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
  ...(data.size === 0 && !hasOthers ? {} : { data: encoded(data) }),
});

const encoded = (data: ReadonlyMap<string, SecretValue>): Record<string, string> =>
  Object.fromEntries([...data].map(([name, value]) => [name, Buffer.from(value.reveal()).toString('base64')]));

function metadataOf(raw: unknown): KubeResult<ObjectMeta> {
  const metadata = isRecord(raw) ? parseObjectMeta(raw.metadata) : undefined;
  return metadata === undefined ? failed({ kind: 'unavailable' }) : ok(metadata);
}

function parseSecret(raw: unknown): KubeResult<SecretObject> {
  const fields = isRecord(raw) ? raw : {};
  const data = isRecord(fields.data) ? fields.data : {};
  return mapOk(metadataOf(raw), metadata => ({
    metadata,
    type: typeof fields.type === 'string' ? fields.type : 'Opaque',
    immutable: fields.immutable === true,
    data: new Map(
      Object.entries(data).flatMap(([name, text]) =>
        typeof text === 'string' ? [[name, new SecretValue(Buffer.from(text, 'base64'))]] : [],
      ),
    ),
  }));
}

const isRecord = (raw: unknown): raw is Record<string, unknown> => typeof raw === 'object' && raw !== null;
