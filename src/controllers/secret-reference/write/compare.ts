import { annotations as names } from '../../../api/annotations.ts';
import { conflict, type Fault, targetImmutable } from '../../../core/fault.ts';
import { objectKey } from '../../../core/object-key.ts';
import type { ObjectMeta, OwnerReference } from '../../../core/object-meta.ts';
import { collect, failed, mapOk, ok, type Result } from '../../../core/result.ts';
import type { SecretManifest } from '../../../kube/secrets.ts';
import type { Changes, Creation, Current, Kept, Write } from '../nouns/changes.ts';
import type { Desired, DesiredSecret } from '../nouns/desired.ts';
import { fingerprint } from '../nouns/fingerprint.ts';
import { type History, numbered } from '../nouns/history.ts';
import { ownership, pointsAt, revisionOf, staleMetadata, without } from '../nouns/target-marks.ts';
import { refusal } from './adopt.ts';

/** The Secrets that were looked at, by name, and the names under which others of ours may be. */
export interface Present {
  readonly current: ReadonlyMap<string, Current>;
  readonly owned: readonly string[];
}

export function compare({ current, owned }: Present, desired: Desired, history: History): Result<Changes> {
  const wanted = desired.kind === 'none' ? [] : desired.secrets;
  for (const each of current.values()) {
    const adopter = wanted.find(({ name }) => name === each.metadata.name);
    const refused = refusal(each, adopter, history.reference);
    if (refused !== undefined) return failed(refused);
  }
  const others = new Set([...current.keys(), ...owned]).difference(new Set(wanted.map(({ name }) => name)));
  const changes = collect(wanted.map(secret => compared(current.get(secret.name), secret, history)));
  return mapOk(changes, all => ({
    // The target last: whoever is shown a revision by it finds that there.
    create: all.flatMap(({ create }) => create ?? []).toReversed(),
    update: all.flatMap(({ update }) => update ?? []),
    delete: [...others],
    keep: all.flatMap(({ keep }) => keep ?? []),
  }));
}

/** One of the three. */
interface Change {
  readonly create?: Creation;
  readonly update?: Write;
  readonly keep?: Kept;
}

function compared(current: Current | undefined, desired: DesiredSecret, history: History): Result<Change> {
  const wanted = fingerprint(desired.type, desired.data);
  const created = () => writeOf(desired, undefined, history, wanted);
  if (current === undefined) return ok({ create: created() });
  const { metadata, immutable = false, type = desired.type } = current;
  if (type !== desired.type) return ok({ create: { ...created(), replaces: metadata } });
  const update = writeOf(desired, current, history, wanted);
  const sameBytes = current.fingerprint === wanted;
  if (immutable && (!sameBytes || desired.immutable === false)) return failed(isImmutable(desired, sameBytes));
  const same = sameMetadata(metadata, update.manifest.metadata);
  const asWanted = desired.immutable === undefined ? immutable || same : same && desired.immutable === immutable;
  return sameBytes && asWanted && !update.adopts
    ? ok({ keep: { current, revision: update.revision } })
    : ok({ update });
}

/** By whose will: the reference's own is no conflict, and its Secret stays Ready. */
function isImmutable({ name, namespace, immutable }: DesiredSecret, sameBytes: boolean): Fault {
  const secret = `Secret ${objectKey(namespace, name)}`;
  if (immutable === true)
    return targetImmutable(
      `${secret} is immutable, as spec.target.immutable says, and keeps its older value: delete it, it is made again at ` +
        'once with the newest, or choose another spec.target.name',
    );
  if (sameBytes)
    return targetImmutable(
      `${secret} is immutable, and Kubernetes lets nobody take that back: delete it, it is made again at once, or set ` +
        'spec.target.immutable: true',
    );
  return conflict(`${secret} was made immutable and holds an older value: delete it, it is made again at once`);
}

function writeOf(desired: DesiredSecret, current: Current | undefined, history: History, wanted: string): Write {
  const before = current?.metadata;
  const there = { holds: current?.fingerprint === wanted, revision: before === undefined ? 0 : revisionOf(before) };
  const { revision, contentChanged } = history.chosen ?? numbered(there, history, wanted);
  const marks = {
    [names.revision]: String(revision),
    ...(contentChanged && history.token !== undefined ? { [names.rotatedFor]: history.token } : {}),
  };
  const stale = staleMetadata(before);
  return {
    revision,
    contentChanged,
    fingerprint: wanted,
    adopts: before !== undefined && ownership(before, history.reference).kind === 'foreign',
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
      immutable: current?.immutable === true ? true : desired.immutable,
      data: desired.data,
    },
  };
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
