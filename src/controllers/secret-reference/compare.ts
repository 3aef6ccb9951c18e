import { annotations as names } from '../../api/annotations.ts';
import { conflict, type Fault } from '../../core/fault.ts';
import { objectKey } from '../../core/object-key.ts';
import type { ObjectMeta, OwnerReference } from '../../core/object-meta.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { SecretManifest } from '../../kube/secrets.ts';
import type { Change, Current, Write } from './changes.ts';
import type { Desired, DesiredSecret } from './desired.ts';
import { fingerprint } from './fingerprint.ts';
import { type History, numbered } from './history.ts';
import { ownedByAnother, ownership, pointsAt, revisionOf, staleMetadata } from './target-marks.ts';

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

/** By a set: whoever may edit the target may write tens of thousands of names, and as many annotations. */
function without(
  map: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const left = new Set(names);
  return Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => !left.has(name)));
}

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
