import { longestPinned } from '../../api/secret-reference/delivery.ts';
import { hasStages, keepsRevisions } from '../../api/secret-reference/rotation.ts';
import type { SecretReference, SecretReferenceSpec } from '../../api/secret-reference/secret-reference.ts';
import { validateFlaw } from '../../api/secret-reference/validate.ts';
import type { AnySecretSource } from '../../api/secret-source/secret-source.ts';
import { invalid, invalidSpec } from '../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../core/object-key.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import { nextRun, turnOf } from '../secret-rotation/turn.ts';
import { sourceInvalid } from '../secret-source/check.ts';
import type { Entry, Namespace, Observed, Schedule, UsableSource } from './nouns/observed.ts';
import type { ReferenceState } from './nouns/reference-state.ts';
import { inputsOf } from './nouns/template-objects.ts';
import type { Caches, Ports } from './ports.ts';
import { entriesOf, searchesOf } from './reads/entries.ts';
import { plannedReads } from './reads/planned-read.ts';
import { plannedSearches } from './reads/planned-search.ts';
import { resolveSource } from './reads/resolve-source.ts';
import { templateObjects } from './reads/template-objects.ts';
import { requested } from './rotation.ts';
import { dueAt, scheduleFor } from './schedule.ts';
import { refusedByPolicy } from './source-policy.ts';

/** Reads all that decisions are made on. */
export function observe(
  key: ObjectKey,
  ports: Pick<Ports, 'caches' | 'states' | 'checkSource' | 'startup'>,
): Observed | undefined {
  const { caches } = ports;
  const reference = caches.references.get(key);
  if (reference === undefined) return undefined;
  const { metadata, spec } = reference;
  const namespace = observeNamespace(metadata.namespace, caches);
  const { name: targetName = metadata.name, creationPolicy = 'Owner' } = spec.ok ? spec.value.target : {};
  const secrets = creationPolicy === 'Merge' ? caches.hosts : caches.targets;
  const state = ports.states.of(metadata.uid);
  const isJudged = spec.ok && hasStages(spec.value.rotation);
  const records = (isJudged ? caches.rotations : undefined) ?? noRecords;
  const sourceOf = (ref: Entry['sourceRef']): Result<UsableSource> =>
    flatMap(resolveSource(ref, reference, namespace, caches), object => usable(object, ports));
  const source = sourceOf(spec.ok ? spec.value.sourceRef : undefined);
  const withSource = <T extends Pick<Entry, 'sourceRef'>>(wish: T) => ({
    ...wish,
    source: wish.sourceRef ? sourceOf(wish.sourceRef) : source,
  });
  const wanted = flatMap(
    flatMap(spec, value => keepable(value, [targetName, metadata.name], caches)),
    value =>
      flatMap(plannedReads(entriesOf(value).map(withSource), reference, namespace), reads =>
        flatMap(plannedSearches(searchesOf(value).map(withSource)), searches => {
          const refused = refusedByPolicy(value, { reads, searches });
          if (refused !== undefined) return failed(refused);
          return mapOk(templateObjects(value, namespace.name, caches), objects => {
            return { spec: value, reads, searches, templateInputs: inputsOf(reference, objects) };
          });
        }),
      ),
  );
  const schedule = scheduleOf(spec, source, namespace.name);
  return {
    key,
    reference,
    wanted,
    asked: requested(reference),
    suspended: spec.ok && spec.value.suspend,
    creationPolicy,
    namespace,
    source: source.ok ? source.value : undefined,
    targetName,
    target: secrets.get(objectKey(metadata.namespace, targetName))?.metadata,
    previousNames: previousNames(targetName, reference, caches.owned.of(reference), state),
    keepsRevisions: spec.ok && keepsRevisions(spec.value),
    isJudged,
    turn: turnOf(reference, records),
    nextRun: isJudged ? nextRun(reference, records) : 0,
    revisions: caches.owned.revisions(reference),
    state,
    schedule,
    dueAt: dueAt(schedule, state.checkedAt, ports.startup),
  };
}

const noRecords = { get: () => undefined };

/** The sources that a reconcile of the reference may read from, before anything is decided about it. */
export function sourcesReadBy(key: ObjectKey, caches: Caches): readonly AnySecretSource[] {
  const reference = caches.references.get(key);
  if (!reference?.spec.ok || reference.spec.value.suspend || reference.metadata.deletionTimestamp) return [];
  const { data, dataFrom, sourceRef } = reference.spec.value;
  const refs = [...data, ...dataFrom].map(entry => entry.sourceRef ?? sourceRef);
  const distinct = new Map(refs.map(ref => [ref && `${ref.kind} ${ref.name}`, ref])).values();
  const namespace = observeNamespace(reference.metadata.namespace, caches);
  const found = [...distinct].map(ref => resolveSource(ref, reference, namespace, caches));
  return found.flatMap(source => (source.ok ? [source.value] : []));
}

/** A new one arrives by a watch of its own, often later than its references. Where only some are served, none is watched. */
function observeNamespace(name: string, { namespaces, watchesNamespaces }: Caches): Namespace {
  if (!watchesNamespaces) return { name, known: true, labels: undefined, terminating: false };
  const metadata = namespaces.get(objectKey('', name))?.metadata;
  if (metadata === undefined) return { name, known: false, labels: {}, terminating: false };
  return { name, known: true, labels: metadata.labels, terminating: metadata.deletionTimestamp !== undefined };
}

function usable(object: AnySecretSource, { checkSource }: Pick<Ports, 'checkSource'>): Result<UsableSource> {
  const checked = checkSource(object);
  return checked.ok ? mapOk(checked, value => ({ ...value, object })) : sourceInvalid(object, checked.fault.message);
}

/** The rules of the API, for a target that is named after its reference, and for an operator that makes no runs. */
function keepable(
  spec: SecretReferenceSpec,
  [target, name]: readonly [target: string, name: string],
  { rotations }: Caches,
): Result<SecretReferenceSpec> {
  const { length } = target;
  if (hasStages(spec.rotation)) {
    if (rotations === undefined) return failed(rotationNotEnabled);
    if (name.length > longestPinned || length > longestPinned) return failed(tooLongForRuns);
    const flaw = validateFlaw(spec.rotation?.validate, target);
    return flaw === undefined ? ok(spec) : failed(invalidSpec(flaw));
  }
  if (spec.delivery.mode !== 'Pinned' || length <= longestPinned) return ok(spec);
  return failed(
    invalidSpec(
      `spec.delivery.mode: the revisions of Pinned are named after the Secret (NAME-r7), whose name has ${length} characters and ` +
        `may have ${longestPinned}: set a shorter spec.target.name`,
    ),
  );
}

const rotationNotEnabled = invalid(
  'RotationNotEnabled',
  'spec.rotation asks for a stage that needs SecretRotations, and this operator makes none: install the chart with ' +
    'rotation.enabled true, or run it with --rotation; or take the stage out of the spec',
);
const tooLongForRuns = invalidSpec(
  `spec.rotation: revisions and SecretRotations are named after Secret and SecretReference, whose names may have ${longestPinned} characters then`,
);

function scheduleOf(spec: Result<SecretReferenceSpec>, source: Result<UsableSource>, namespace: string): Schedule {
  const group = source.ok ? `${source.value.access.uid}/${namespace}` : namespace;
  return scheduleFor(spec.ok && spec.value.refreshPolicy === 'Periodic' ? spec.value.refreshInterval : 0, group);
}

/**
 * Where a Secret of ours may be beside the wanted one: under the name in status, one that a Secret itself shows, or one
 * that was written just now and that the watch has not shown yet.
 */
function previousNames(
  wanted: string,
  { status }: SecretReference,
  owned: readonly ObjectMeta[],
  { names = [] }: ReferenceState,
): readonly string[] {
  const reported = status?.target === undefined ? [] : [status.target.name];
  return [...new Set([...reported, ...owned.map(({ name }) => name), ...names])].filter(name => name !== wanted);
}
