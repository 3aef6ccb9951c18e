import { labels, annotations as names } from '../../../api/annotations.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import { type Fault, invalid } from '../../../core/fault.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import { revisionNumber } from '../../../core/pod-revisions.ts';
import type { DesiredSecret } from './desired.ts';
import type { Observed } from './observed.ts';
import type { SettledThere } from './outcome.ts';
import { isInOverlap } from './safe-to-revoke.ts';
import { ownerMark } from './target-marks.ts';

/** One content of a reference that keeps revisions, as an immutable Secret. */
export interface Revision {
  /** Name of the Secret beside it, which changes. */
  readonly of: string;
  readonly number: number;
  readonly metadata: ObjectMeta;
}

export const revisionName = (target: string, number: number): string => `${target}-r${number}`;

/** Pods refer to it by its name, so the name says the number. Undefined: no revision of that reference. */
export function revisionIn(secret: ObjectMeta, reference: ObjectMeta): Revision | undefined {
  const of = secret.labels[labels.revisionOf];
  if (of === undefined || secret.namespace !== reference.namespace) return undefined;
  if (secret.annotations[names.owner] !== ownerMark(reference)) return undefined;
  const number = revisionNumber(secret.name, of);
  return number === undefined ? undefined : { of, number, metadata: secret };
}

/** What the live Secret holds, and what new pods are sent to. */
export type Published =
  | { readonly kind: 'newest' }
  | { readonly kind: 'kept'; readonly revision: Revision }
  | { readonly kind: 'refused'; readonly fault: Fault };

/** The one place that decides which revision is published: what is newest, unless somebody rolled back. */
export function publishedRevision(observed: Known): Published {
  const asked = observed.reference.metadata.annotations[names.rollback];
  if (asked === undefined) return { kind: 'newest' };
  const revision = servedOnce(observed).find(({ number }) => String(number) === asked);
  return revision === undefined ? { kind: 'refused', fault: noSuchRevision(observed) } : { kind: 'kept', revision };
}

/** For conditions and events. */
export const rolledBackText = (secret: string, revision: number): string =>
  `Secret ${secret} holds revision ${revision}, as annotation ${names.rollback} says: newer values are not read, and rotation ` +
  'requests wait, until it is taken away';

/** Many more are kept only where many pods hold them. */
const mostListed = 20;

/** Of the target, but for what runs have found and not published: nobody has approved it. */
function servedOnce({ reference: { status }, revisions, targetName }: Known): readonly Revision[] {
  const { candidate, withheld = [] } = status ?? {};
  const waiting = candidate?.state === 'Held' ? candidate.revision : undefined;
  return revisions.filter(({ of, number }) => of === targetName && number !== waiting && !withheld.includes(number));
}

export function noSuchRevision(observed: Known): Fault {
  const numbers = servedOnce(observed).map(({ number }) => number);
  const newest = numbers.toSorted((a, b) => b - a).slice(0, mostListed);
  const there =
    newest.length === 0
      ? 'there are none, as only spec.delivery.mode Pinned and the stages of spec.rotation keep them'
      : newest.join(', ');
  return {
    kind: 'invalid',
    reason: 'RevisionNotFound',
    message:
      `annotation ${names.rollback} has to be the number of a revision that exists: ${there}; ` +
      'the Secret stays as it is until you change the annotation, or take it away to follow the store',
  };
}

/** Of a run: its record ends then, or the next one renders the values again. */
export const revisionGone = (key: string): Fault =>
  invalid(
    'RevisionNotFound',
    `Secret ${key}, which the run of spec.rotation is to publish, is gone: the Secret stays as it is, and the run ends`,
  );

/**
 * What may go once no pod refers to it: of the target, what has as many newer ones as are to be kept and is in no overlap; of an
 * earlier target name, or an earlier delivery, all. Never the one that is published.
 */
export function expendable(observed: Observed, settled: SettledThere | undefined, wallMs: number): readonly Revision[] {
  const { reference, revisions, targetName, namespace } = observed;
  const { spec, status, metadata } = reference;
  if (revisions.length === 0) return [];
  if (!spec.ok || spec.value.suspend || namespace.terminating || metadata.deletionTimestamp !== undefined) return [];
  const { keep } = spec.value.delivery;
  const promised = promisedNumbers(status);
  const wanted = publishedRevision(observed);
  const asked = wanted.kind === 'kept' ? wanted.revision.metadata.name : undefined;
  const published = settled === undefined ? status?.target?.pinned?.name : settled.pinned?.metadata.name;
  const all = new Set(revisions.map(({ of, number }) => (of === targetName ? number : 0)));
  if (settled?.pinned !== undefined) all.add(settled.revision);
  const newer = (number: number): number => [...all].filter(each => each > number).length;
  return revisions.filter(
    ({ of, number, metadata: { name } }) =>
      (!observed.keepsRevisions ||
        of !== targetName ||
        (newer(number) >= keep && !promised.includes(number) && !isInOverlap(reference, number, wallMs))) &&
      name !== published &&
      name !== asked,
  );
}

/** What the run publishes, what it would put back, and where running applications make pods: they may have none just now. */
const promisedNumbers = (status: SecretReference['status']): readonly (number | undefined)[] => [
  status?.candidate?.revision,
  status?.candidate?.from,
  ...Object.values(status?.pins ?? {}),
];

/** The revision of a target: the same bytes, for ever. */
export const asRevision = ({ adopt: _, ...target }: DesiredSecret, number: number): DesiredSecret => ({
  ...target,
  name: revisionName(target.name, number),
  immutable: true,
  labels: { ...target.labels, [labels.revisionOf]: target.name },
});

type Known = Pick<Observed, 'reference' | 'revisions' | 'targetName'>;

/** The largest number that status or a Secret knows of: nodes keep immutable Secrets by name, so none is used twice. */
export function newestNumber({ reference: { status }, revisions, targetName }: Known): number {
  const there = revisions.filter(({ of }) => of === targetName).map(({ number }) => number);
  return Math.max(status?.newestRevision ?? 0, status?.target?.revision ?? 0, ...there);
}

/** One was written, and status does not say so: the process did not live to publish it. */
export const isUnpublished = (observed: Known): boolean =>
  newestNumber(observed) >
  Math.max(observed.reference.status?.newestRevision ?? 0, observed.reference.status?.target?.revision ?? 0);

/** The revision that status names is gone, or is another Secret of that name. */
export function pinnedIsMissing({ reference: { status }, revisions }: Known): boolean {
  const pinned = status?.target?.pinned;
  return pinned !== undefined && revisions.every(({ metadata }) => metadata.uid !== pinned.uid);
}
