import { fieldOf, isJsonObject, textOf } from '../../core/untyped.ts';
import type { Finding } from './findings.ts';
import type { Migrated } from './translate.ts';
import type { Verified } from './verify/verify.ts';

/** What a migration says on stderr, for people and for machines. */

export function textReport(migrated: Migrated, verified: readonly Verified[] = []): string {
  const lines = migrated.findings.map(({ level, file, object, field, message }) => {
    const mark = level === 'left' ? 'LEFT' : 'note';
    return `${mark}  ${file}: ${object}: ${field}: ${message}`;
  });
  const compared = verified.map(({ object, field, result, why }) => {
    const about = why === undefined ? '' : `: ${why}`;
    return `${marks[result]}  ${object}: ${field}${about}`;
  });
  return [...lines, ...compared, ...summary(migrated), ...(verified.length > 0 ? [count(verified)] : [])]
    .map(line => `${line}\n`)
    .join('');
}

const marks: Readonly<Record<Verified['result'], string>> = { same: 'same', differs: 'DIFF', 'not checked': '????' };

function count(verified: readonly Verified[]): string {
  const [same, differs, unchecked] = (['same', 'differs', 'not checked'] as const).map(
    wanted => verified.filter(({ result }) => result === wanted).length,
  );
  return `Templates: ${same} give the same as theirs, ${differs} differ, ${unchecked} were not checked.`;
}

/** `verified` is there when it was asked for. */
export const jsonReport = (migrated: Migrated, verified?: readonly Verified[]): string =>
  `${JSON.stringify({ ...counts(migrated, migrated.findings), verified })}\n`;

const counts = ({ seen, written }: Migrated, findings: readonly Finding[]) => ({
  seen,
  written: written.length,
  left: findings.filter(({ level }) => level === 'left').length,
  findings,
});

function summary(migrated: Migrated): readonly string[] {
  const { seen, written, left } = counts(migrated, migrated.findings);
  const first = `Of External Secrets: ${seen} objects. Written: ${written}. Fields left for you: ${left}.`;
  const isSuspended = migrated.written.some(({ object }) => suspendOf(object));
  return [
    first,
    ...(isSuspended ? ['What is not whole is written with suspend: true: look at it, then remove that line.'] : []),
    ...(migrated.written.some(({ object }) => isReference(object)) ? [takeOver] : []),
  ];
}

/** Of a ClusterSecretReference its references are. */
const suspendOf = ({ spec }: Readonly<Record<string, unknown>>): boolean =>
  [spec, fieldOf(spec, 'reference')].some(each => fieldOf(each, 'suspend') === true);

const isReference = ({ kind }: Readonly<Record<string, unknown>>): boolean =>
  kind === 'SecretReference' || kind === 'ClusterSecretReference';

const takeOver =
  'The Secrets belong to External Secrets until you hand them over: docs/from-external-secrets.md says how, without an outage.';

/** The name of a file for an object. */
export function fileNameOf({ kind, metadata }: Readonly<Record<string, unknown>>): string {
  const { namespace, name } = isJsonObject(metadata) ? metadata : {};
  const parts = [kind, namespace, name].map(textOf).filter(part => part !== undefined);
  return `${parts
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')}.yaml`;
}
