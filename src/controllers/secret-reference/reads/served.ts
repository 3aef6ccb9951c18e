import { isDeepStrictEqual } from 'node:util';
import { maxRemote, type SecretReferenceStatus } from '../../../api/secret-reference-status.ts';
import { type Fault, unusable } from '../../../core/fault.ts';
import type { Answer } from '../nouns/desired.ts';
import type { Observed, PlannedRead } from '../nouns/observed.ts';

/** What status keeps of the versions that a target is served from: repairs put back these, and no newer ones. */

type Remote = SecretReferenceStatus['remote'][number];

export const remoteOf = (answers: readonly Answer[]): readonly Remote[] =>
  answers.flatMap(({ read, found }) =>
    found.ok
      ? [{ source: sourceNameOf(read), key: read.key, ...(found.value.version && { version: found.value.version }) }]
      : [],
  );

/** The remote secret of a read or of an entry in status, as text. */
export const servedId = ({ source, key }: Pick<Remote, 'source' | 'key'>): string => `${source}/${key}`;
export const sourceNameOf = ({ source }: Pick<PlannedRead, 'source'>): string => source.object.metadata.name;

/** The spec, the remote keys and their versions are those of the last write: so is the content. */
export function servedAgain({ reference: { metadata, status } }: Observed, answers: readonly Answer[]): boolean {
  return (
    status?.target?.generation === metadata.generation &&
    answers.every(({ found }) => !found.ok || found.value.version !== undefined) &&
    isDeepStrictEqual(remoteOf(answers), status.remote)
  );
}

/** An object of Kubernetes holds 1.5 MB, and the spec has its part of that. */
const maxRemoteBytes = 512 * 1024;
/** With the names of the fields, and the longest version. */
const sizeOf = (names: string): number => Buffer.byteLength(names) + 180;

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
