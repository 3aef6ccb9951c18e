import { parseTime } from './clock.ts';
import { secretsOfPod, secretsReadOnce } from './pod-secrets.ts';
import { fieldOf, isJsonObject, textOf } from './untyped.ts';

/** Which revision of a Secret a pod reads: the one place that decides it, for the operator and for `shearline who`. */

/** The Secret that changes; its revisions are NAME-rN. */
export interface CountedSecret {
  readonly secret: string;
  /** The revision that it holds now. */
  readonly revision: number | undefined;
  /** Milliseconds since the epoch: since when it holds that. */
  readonly publishedAt: number | undefined;
}

/** One Secret that a pod reads, or says by a label that it reads. */
export interface PodRead {
  readonly name: string;
  /** Only when it starts. */
  readonly once: boolean;
}

/** What one read gives: that revision, or one before it. */
export interface ReadRevision {
  /** Undefined before the first one. */
  readonly revision: number | undefined;
  readonly orOlder: boolean;
}

/** With the name of the Secret behind it: a label that says which revision of that a pod reads. */
export const pinLabel = 'shearline.dev/pinned-';

/** Each Secret once. */
export function readsOfPod(pod: unknown): readonly PodRead[] {
  const once = secretsReadOnce(pod);
  const names = new Set([...secretsOfPod(pod).map(({ name }) => name), ...pinnedByLabel(pod)]);
  return [...names].map(name => ({ name, once: once.has(name) }));
}

/** Milliseconds since the epoch; undefined while nothing of it runs. A container may start later, never before. */
export const startOfPod = (pod: unknown): number | undefined =>
  parseTime(textOf(fieldOf(fieldOf(pod, 'status'), 'startTime')) ?? '');

/** Undefined: another Secret. */
export function revisionRead(
  { name, once }: PodRead,
  startedAt: number | undefined,
  { secret, revision, publishedAt }: CountedSecret,
): ReadRevision | undefined {
  if (name !== secret) {
    const pinned = revisionNumber(name, secret);
    return pinned === undefined ? undefined : { revision: pinned, orOlder: false };
  }
  // One that has not started will read what is there then.
  const isSure = !once || startedAt === undefined || (publishedAt !== undefined && startedAt > publishedAt);
  return { revision, orOlder: revision !== undefined && !isSure };
}

/** Its name is a label value still, behind the longest name of a Secret. */
export const largestRevision = 99_999_999_999;

/** The revision that a name says; undefined when it is no revision of that Secret. */
export function revisionNumber(name: string, secret: string): number | undefined {
  if (!name.startsWith(`${secret}-r`)) return undefined;
  const number = name.slice(secret.length + 2);
  return /^[1-9]\d{0,10}$/.test(number) ? Number(number) : undefined;
}

function pinnedByLabel(pod: unknown): readonly string[] {
  const labels = fieldOf(fieldOf(pod, 'metadata'), 'labels');
  return Object.entries(isJsonObject(labels) ? labels : {}).flatMap(([label, name]) => {
    const says = label.startsWith(pinLabel) && typeof name === 'string';
    return says && revisionNumber(name, label.slice(pinLabel.length)) !== undefined ? [name] : [];
  });
}
