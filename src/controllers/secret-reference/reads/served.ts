import { isDeepStrictEqual } from 'node:util';
import { versionId } from '../../../api/secret-reference/served.ts';
import { maxRemote, type SecretReferenceStatus } from '../../../api/secret-reference/status.ts';
import { timestamp } from '../../../core/clock.ts';
import { type Fault, unusable } from '../../../core/fault.ts';
import type { RemoteValue } from '../../../providers/provider.ts';
import type { Answer } from '../nouns/desired.ts';
import type { Observed, PlannedRead } from '../nouns/observed.ts';

/** What status keeps of the versions that a target is served from: repairs put back these, and no newer ones. */

type Remote = SecretReferenceStatus['remote'][number];

// `map`, for caches keep these lists: one made by `flatMap` has room for 16 more.
export const remoteOf = (answers: readonly Answer[]): readonly Remote[] =>
  answers.filter(isFound).map(({ read, found }) => entryOf(read, found.value));

type Found = Answer & { readonly found: { readonly ok: true } };
const isFound = (answer: Answer): answer is Found => answer.found.ok;

const entryOf = (read: PlannedRead, { version }: RemoteValue): Remote => ({
  source: sourceNameOf(read),
  key: read.key,
  ...(version && { version }),
});

/**
 * The same with the time at which each version was made, as the store says; else the time since which it is served, as far
 * as that is known. Of a store without versions a change of the Secret is the only sign of a new value.
 */
export function remoteSince(
  answers: readonly Answer[],
  { remote, lastSyncTime }: Pick<SecretReferenceStatus, 'remote' | 'lastSyncTime'>,
  contentChanged: boolean,
  now: string,
): readonly Remote[] {
  const known = new Map(remote.map(each => [versionId(each), each.since ?? lastSyncTime]));
  return answers.filter(isFound).map(({ read, found }) => {
    const entry = entryOf(read, found.value);
    const isNew = contentChanged && entry.version === undefined;
    const served = (isNew ? undefined : known.get(versionId(entry))) ?? now;
    return { ...entry, since: found.value.madeAt === undefined ? served : timestamp(found.value.madeAt) };
  });
}

const withoutTime = ({ since, ...entry }: Remote): Remote => entry;

export const sourceNameOf = ({ source }: Pick<PlannedRead, 'source'>): string => source.object.metadata.name;

/** The spec, the remote keys and their versions are those of the last write: so is the content. */
export function servedAgain(
  { wanted, reference: { metadata, status } }: Observed,
  answers: readonly Answer[],
): boolean {
  return (
    status?.target?.generation === metadata.generation &&
    (!wanted.ok || status.target.templateInputs === wanted.value.templateInputs) &&
    answers.every(({ found }) => !found.ok || found.value.version !== undefined) &&
    isDeepStrictEqual(remoteOf(answers), status.remote.map(withoutTime))
  );
}

/** An object of Kubernetes holds 1.5 MB, and the spec has its part of that. */
const maxRemoteBytes = 512 * 1024;
/** With the names of the fields, the longest version and its time. */
const sizeOf = (names: string): number => Buffer.byteLength(names) + 210;

/**
 * More remote secrets than status can hold would be repaired with versions that nobody asked for. What is named one by
 * one always fits.
 */
export function tooManyToKeep(reads: readonly PlannedRead[]): Fault | undefined {
  const bytes = reads.reduce((sum, { source, key }) => sum + sizeOf(source.object.metadata.name + key), 0);
  if (reads.length <= maxRemote && bytes <= maxRemoteBytes) return undefined;
  return unusable(
    `spec.dataFrom: ${reads.length} remote secrets are found and named in all, and status keeps the versions of at most ` +
      `${maxRemote} (fewer, if their names are long): narrow find, or split the reference in two`,
  );
}
