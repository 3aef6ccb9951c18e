import type { SecretReference, SecretReferenceSpec } from '../../api/secret-reference.ts';
import type { AnySecretSource } from '../../api/secret-source.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { flatMap, mapOk, type Result } from '../../core/result.ts';
import { sourceInvalid } from '../secret-source/check.ts';
import { dueAt, type Schedule, scheduleFor } from './due.ts';
import { type Entry, entriesOf, searchesOf } from './entries.ts';
import { formerNames } from './former-names.ts';
import type { ReferenceMemory } from './memory.ts';
import { type PlannedRead, plannedReads, type UsableSource } from './planned-read.ts';
import { type PlannedSearch, plannedSearches } from './planned-search.ts';
import type { Ports } from './ports.ts';
import { type Namespace, resolveSource } from './resolve-source.ts';

/** Everything that decisions are made on, read from the caches in one go. */
export interface Observed {
  readonly key: ObjectKey;
  readonly reference: SecretReference;
  readonly spec: Result<SecretReferenceSpec>;
  readonly namespace: Namespace;
  /** The source of the reference itself, for status and due times; entries may name others. */
  readonly source: Result<UsableSource>;
  /** All that the spec wants to be read, or why nothing may be. */
  readonly reads: Result<readonly PlannedRead[]>;
  readonly searches: Result<readonly PlannedSearch[]>;
  readonly targetName: string;
  /** Metadata of the target: for Merge, of the host that consents. */
  readonly target: ObjectMeta | undefined;
  /** Names other than that under which a Secret of ours may stand. */
  readonly formerNames: readonly string[];
  readonly memory: ReferenceMemory;
  readonly schedule: Schedule;
  /** Steady milliseconds of the next refresh; undefined when there is none. */
  readonly dueAt: number | undefined;
}

export function observe(key: ObjectKey, ports: Ports): Observed | undefined {
  const reference = ports.references.get(key);
  if (reference === undefined) return undefined;
  const { metadata, spec } = reference;
  const namespace = observeNamespace(metadata.namespace, ports);
  const target = spec.ok ? spec.value.target : undefined;
  const targetName = target?.name ?? metadata.name;
  const secrets = target?.creationPolicy === 'Merge' ? ports.hosts : ports.targets;
  const memory = ports.memory.of(metadata.uid);
  const sourceOf = (ref: Entry['sourceRef']): Result<UsableSource> =>
    flatMap(resolveSource(ref, reference, namespace, ports), object => usable(object, ports));
  const source = sourceOf(spec.ok ? spec.value.sourceRef : undefined);
  const withSource = <T extends Pick<Entry, 'sourceRef'>>(wish: T) => ({
    ...wish,
    source: wish.sourceRef ? sourceOf(wish.sourceRef) : source,
  });
  const entries = spec.ok ? entriesOf(spec.value).map(withSource) : [];
  const searches = spec.ok ? searchesOf(spec.value).map(withSource) : [];
  const schedule = scheduleOf(spec, source, namespace.name);
  return {
    key,
    reference,
    spec,
    namespace,
    source,
    reads: plannedReads(entries, reference, namespace),
    searches: plannedSearches(searches),
    targetName,
    target: secrets.get(objectKey(metadata.namespace, targetName))?.metadata,
    formerNames: formerNames(targetName, reference.status, memory),
    memory,
    schedule,
    dueAt: dueAt(schedule, memory.checkedAt, ports.startup),
  };
}

/** A new one arrives by a watch of its own, often later than its references. Where only some are served, none is watched. */
function observeNamespace(name: string, { namespaces, watchesNamespaces }: Ports): Namespace {
  if (!watchesNamespaces) return { name, known: true, labels: undefined, terminating: false };
  const metadata = namespaces.get(objectKey('', name))?.metadata;
  if (metadata === undefined) return { name, known: false, labels: {}, terminating: false };
  return { name, known: true, labels: metadata.labels, terminating: metadata.deletionTimestamp !== undefined };
}

function usable(object: AnySecretSource, { checkSource }: Ports): Result<UsableSource> {
  const checked = checkSource(object);
  return checked.ok ? mapOk(checked, value => ({ ...value, object })) : sourceInvalid(object, checked.fault.message);
}

function scheduleOf(spec: Result<SecretReferenceSpec>, source: Result<UsableSource>, namespace: string): Schedule {
  const group = source.ok ? `${source.value.access.uid}/${namespace}` : namespace;
  return scheduleFor(spec.ok ? spec.value.refreshInterval : 0, group);
}
