import { isJsonObject, type JsonObject } from './untyped.ts';

/** The part of `metadata` that decisions are made on. `managedFields`, the largest part, is not kept. */
export interface ObjectMeta {
  readonly name: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** 0 for kinds that have none (Secrets, ServiceAccounts). */
  readonly generation: number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly finalizers: readonly string[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** An object of which only the metadata is kept. */
export interface MetadataObject {
  readonly metadata: ObjectMeta;
}

/**
 * Here `kubectl apply` keeps the whole object as it was applied: of a Secret, its values. Caches hold it empty: then there
 * is more to the metadata than they hold.
 */
export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Characters of others' annotations of a Secret that caches hold, so that it can be written again without a look at it. */
const mostForeign = 4096;

/** Of a Secret's annotations ours, and those of others as far as they are small; of the copy that kubectl keeps only that there is one. */
export function withoutBulk(metadata: ObjectMeta): ObjectMeta {
  const isCopied = Object.hasOwn(metadata.annotations, lastApplied);
  const annotations = isCopied ? { ...metadata.annotations, [lastApplied]: '' } : metadata.annotations;
  const all = Object.entries(annotations);
  const foreign = all.filter(([name]) => !isOurs(name));
  const size = foreign.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  if (size <= mostForeign) return isCopied ? { ...metadata, annotations } : metadata;
  const own = all.filter(([name]) => isOurs(name));
  return { ...metadata, annotations: { ...Object.fromEntries(own), [lastApplied]: '' } };
}

const isOurs = (annotation: string): boolean => annotation.startsWith('shearline.dev/');

/** Which labels and annotations of a kind of objects somebody reads. Absent: all. */
export interface Keeps {
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
}

/** Without the labels and annotations that nobody reads: tenants write there what they like, and as much as 256 KiB an object. */
export function keepOnly(metadata: ObjectMeta, { labels, annotations }: Keeps): ObjectMeta {
  return {
    ...metadata,
    labels: onlyOf(metadata.labels, labels),
    annotations: onlyOf(metadata.annotations, annotations),
  };
}

function onlyOf(map: ObjectMeta['labels'], names: readonly string[] | undefined): ObjectMeta['labels'] {
  if (names === undefined) return map;
  const kept = names.flatMap(name => (Object.hasOwn(map, name) ? [[name, map[name] ?? ''] as const] : []));
  return kept.length === 0 ? none : Object.fromEntries(kept);
}

/** Reads the `metadata` field of an answer or event; undefined when it names no object. */
export function parseObjectMeta(raw: unknown): ObjectMeta | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { name, uid, resourceVersion, deletionTimestamp } = raw;
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  return {
    name,
    namespace: text(raw.namespace),
    uid,
    resourceVersion,
    generation: typeof raw.generation === 'number' ? raw.generation : 0,
    creationTimestamp: text(raw.creationTimestamp),
    ...(typeof deletionTimestamp === 'string' ? { deletionTimestamp } : {}),
    labels: stringMap(raw.labels),
    annotations: stringMap(raw.annotations),
    ownerReferences: listOfAll(raw.ownerReferences, isOwnerReference),
    finalizers: listOfAll(raw.finalizers, isString),
  };
}

/** A whole object of which only the metadata is wanted: a `PartialObjectMetadata`, or any other. */
export function parseMetadataObject(raw: unknown): MetadataObject | undefined {
  const metadata = isJsonObject(raw) ? parseObjectMeta(raw.metadata) : undefined;
  return metadata && { metadata };
}

const isOwnerReference = (raw: unknown): raw is OwnerReference =>
  isJsonObject(raw) &&
  [raw.apiVersion, raw.kind, raw.name, raw.uid].every(isString) &&
  [raw.controller, raw.blockOwnerDeletion].every(flag => flag === undefined || typeof flag === 'boolean');

// One shared object for the many without: a cache of thousands holds no empty maps and lists of its own.
const none: Readonly<Record<string, string>> = Object.freeze({});
const nothing: readonly never[] = Object.freeze([]);

function stringMap(raw: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(raw)) return none;
  return isStringMap(raw) ? raw : none;
}

const isStringMap = (raw: JsonObject): raw is Record<string, string> => Object.values(raw).every(isString);
const isString = (raw: unknown): raw is string => typeof raw === 'string';
const text = (raw: unknown): string => (isString(raw) ? raw : '');

/** The list as it came where all of it is good, as nearly always: one that is filtered has room for 16 more. */
function listOfAll<T>(raw: unknown, isGood: (item: unknown) => item is T): readonly T[] {
  const items: readonly unknown[] = Array.isArray(raw) && raw.length > 0 ? raw : nothing;
  return items.every(isGood) ? items : items.filter(isGood);
}
