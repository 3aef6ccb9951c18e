import { annotations as names } from '../../api/annotations.ts';
import { conflict, type Fault } from '../../core/fault.ts';
import { objectKey } from '../../core/object-key.ts';
import type { ObjectMeta, OwnerReference } from '../../core/object-meta.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { SecretManifest } from '../../kube/secrets.ts';
import type { AbsentFault } from './fetch.ts';
import { fingerprint } from './fingerprint.ts';
import { ownedByAnother, ownership, pointsAt } from './ownership.ts';
import type { Desired, DesiredSecret } from './render.ts';

/** The target as it stands, without its bytes. */
export interface Current {
  readonly metadata: ObjectMeta;
  readonly fingerprint: string;
  /** Known when the Secret itself was read. */
  readonly type?: string;
  readonly immutable?: boolean;
}

/** The one write that makes the target what it should be. */
export type Change =
  | { readonly kind: 'keep'; readonly current: Current; readonly revision: number }
  | { readonly kind: 'create'; readonly write: Write }
  | { readonly kind: 'update'; readonly write: Write }
  /** The type of a Secret cannot be changed: this very one goes, then it is made anew. */
  | { readonly kind: 'recreate'; readonly write: Write; readonly uid: string }
  | { readonly kind: 'delete'; readonly current: Current; readonly proof: AbsentFault }
  | { readonly kind: 'nothing'; readonly proof: AbsentFault };

export interface Write {
  readonly manifest: SecretManifest;
  readonly fingerprint: string;
  readonly revision: number;
  /** Against the last that was counted, not against what somebody made of the Secret since. */
  readonly contentChanged: boolean;
}

/** What the reference knows of earlier writes. */
export interface History {
  readonly reference: ObjectMeta;
  /** The revision that status tells; 0 before the first write. */
  readonly revision: number;
  /** What that revision stands for, where it is known. */
  readonly last: LastContent | undefined;
  /** The rotation token that a change of content answers. */
  readonly token: string | undefined;
}

/** The number belongs to content: what held it before gets the same one back. */
export interface LastContent {
  readonly revision: number;
  readonly fingerprint: string;
}

export function compare(current: Current | undefined, desired: Desired, history: History): Result<Change> {
  if (current === undefined)
    return ok(desired.kind === 'none' ? { kind: 'nothing', proof: desired.proof } : created(desired, history));
  const owner = ownership(current.metadata, history.reference);
  if (owner.kind === 'foreign') return failed(ownedByAnother(current.metadata.name, owner));
  return desired.kind === 'none'
    ? ok({ kind: 'delete', current, proof: desired.proof })
    : compared(current, desired, history);
}

function created(desired: DesiredSecret, history: History): Change {
  return { kind: 'create', write: writeOf(desired, undefined, history, fingerprint(desired.type, desired.data)) };
}

function compared(current: Current, desired: DesiredSecret, history: History): Result<Change> {
  const wanted = fingerprint(desired.type, desired.data);
  const write = writeOf(desired, current, history, wanted);
  const { metadata, immutable = false, type = desired.type } = current;
  if (type !== desired.type)
    return ok({ kind: 'recreate', write: writeOf(desired, undefined, history, wanted), uid: metadata.uid });
  const sameBytes = current.fingerprint === wanted;
  if (sameBytes && (immutable || sameMetadata(metadata, write.manifest.metadata)))
    return ok({ kind: 'keep', current, revision: write.revision });
  return immutable ? failed(isImmutable(desired)) : ok({ kind: 'update', write });
}

const isImmutable = ({ name, namespace }: DesiredSecret): Fault =>
  conflict(
    `Secret ${objectKey(namespace, name)} was made immutable and holds an older value: delete it, it is made again at once`,
  );

function writeOf(desired: DesiredSecret, current: Current | undefined, history: History, wanted: string): Write {
  const before = current?.metadata;
  const there = { holds: current?.fingerprint === wanted, revision: before === undefined ? 0 : revisionOf(before) };
  const { revision, contentChanged } = numbered(there, history, wanted);
  const marks = {
    [names.revision]: String(revision),
    ...(contentChanged && history.token !== undefined ? { [names.rotatedFor]: history.token } : {}),
  };
  const stale = staleMetadata(before);
  return {
    revision,
    contentChanged,
    fingerprint: wanted,
    manifest: {
      metadata: {
        name: desired.name,
        namespace: desired.namespace,
        ...(before === undefined ? {} : { uid: before.uid, resourceVersion: before.resourceVersion }),
        labels: { ...without(before?.labels, stale.labels), ...desired.labels },
        annotations: { ...without(before?.annotations, stale.annotations), ...desired.annotations, ...marks },
        ownerReferences: ownerReferences(before?.ownerReferences ?? [], desired, history.reference),
        finalizers: before?.finalizers ?? [],
      },
      type: desired.type,
      data: desired.data,
    },
  };
}

/**
 * The number of the wanted content. A Secret that has it already under a number that status does not know of was written
 * by a turn that did not live to tell, or whose answer was lost.
 */
export function numbered(
  there: { readonly holds: boolean; readonly revision: number },
  { revision, last }: Pick<History, 'revision' | 'last'>,
  wanted: string,
): Pick<Write, 'revision' | 'contentChanged'> {
  if (wanted === last?.fingerprint) return { revision: last.revision, contentChanged: false };
  const known = Math.max(revision, there.revision);
  const counted = there.holds && (last === undefined || known > last.revision);
  return counted ? { revision: known, contentChanged: false } : { revision: known + 1, contentChanged: true };
}

/** The revision that stands on a target; 0 where somebody wrote what is none. */
export function revisionOf({ annotations }: ObjectMeta): number {
  const text = annotations[names.revision] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** What earlier specs put there. What is still wanted is put back by the spread that follows. */
function staleMetadata(before: ObjectMeta | undefined): {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
} {
  const text = before?.annotations[names.managedMetadata];
  const managed = text === undefined ? undefined : parsedNames(text);
  return { labels: managed?.labels ?? [], annotations: [...(managed?.annotations ?? []), names.managedMetadata] };
}

/** The annotation may have been tampered with: then nothing is known to be stale. */
function parsedNames(
  text: string,
): { readonly labels: readonly string[]; readonly annotations: readonly string[] } | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof raw !== 'object' || raw === null) return undefined;
  const list = (value: unknown) => (Array.isArray(value) ? value.filter(item => typeof item === 'string') : []);
  return {
    labels: 'labels' in raw ? list(raw.labels) : [],
    annotations: 'annotations' in raw ? list(raw.annotations) : [],
  };
}

const without = (
  map: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => !names.includes(name)));

/** Others' references stay; ours of this life or an earlier one is replaced. */
function ownerReferences(
  before: readonly OwnerReference[],
  { ownerReference }: DesiredSecret,
  reference: ObjectMeta,
): readonly OwnerReference[] {
  const others = before.filter(owner => !pointsAt(owner, reference));
  return ownerReference === undefined ? others : [...others, ownerReference];
}

function sameMetadata(before: ObjectMeta, after: SecretManifest['metadata']): boolean {
  const owners = (list: readonly OwnerReference[]) =>
    list
      .map(({ uid, controller }) => `${uid}/${controller}`)
      .toSorted()
      .join();
  return (
    sameMap(before.labels, after.labels) &&
    sameMap(before.annotations, after.annotations) &&
    owners(before.ownerReferences) === owners(after.ownerReferences)
  );
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && a[name] === b[name]);
}
