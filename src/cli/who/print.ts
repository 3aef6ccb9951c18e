import type { ObjectKey } from '../../core/object-key.ts';
import type { Consumer, Target } from './consumers.ts';

/** All that is known of who refers to the Secret of a reference. */
export interface Readers {
  readonly reference: ObjectKey;
  readonly target: Target;
  /** Those that run, or will. */
  readonly consumers: readonly Consumer[];
  /** How many have ended: they read nothing any more. */
  readonly ended: number;
  /** The condition, as the operator last said it; absent where nobody asked. */
  readonly safeToRevoke?: { readonly status: string; readonly message: string } | undefined;
}

export const jsonOf = ({ reference, target, consumers, ended, safeToRevoke }: Readers): string =>
  `${JSON.stringify({ reference, ...target, pods: consumers.length, ended, safeToRevoke, consumers }, undefined, 2)}\n`;

/** By owner and revision, or with a line for each pod. */
export function textOfReaders(readers: Readers, wide: boolean): string {
  const { safeToRevoke } = readers;
  const end = safeToRevoke === undefined ? '' : `\nSafeToRevoke: ${safeToRevoke.status}, ${safeToRevoke.message}\n`;
  return `${tableOf(readers, wide)}${end}`;
}

function tableOf({ target, consumers, ended, reference }: Readers, wide: boolean): string {
  const { secret, revision } = target;
  const owners = new Set(consumers.map(({ owner }) => owner)).size;
  const at = revision === undefined ? ', never written' : `, revision ${revision}`;
  const left = ended === 0 ? '' : ` (${counted(ended, 'pod')} that ended left out)`;
  const summary = `Secret ${secret} of ${reference}${at}: ${counted(consumers.length, 'pod')} of ${counted(owners, 'owner')}${left}`;
  return consumers.length === 0
    ? `${summary}\n`
    : `${summary}\n\n${aligned(wide ? podRows(consumers) : ownerRows(consumers))}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

type Cells = readonly string[];

const ownerRows = (consumers: readonly Consumer[]): readonly Cells[] => [
  ['OWNER', 'PODS', 'REVISION', 'BY'],
  ...[...Map.groupBy(consumers, ({ owner, revision }) => JSON.stringify([owner, revision])).values()]
    .map(alike => [
      alike[0]?.owner ?? '',
      `${alike.length}`,
      alike[0]?.revision ?? '',
      [...new Set(alike.flatMap(({ as }) => as))].join(', '),
    ])
    .toSorted(byText),
];

const podRows = (consumers: readonly Consumer[]): readonly Cells[] => [
  ['OWNER', 'POD', 'REVISION', 'BY', 'SECRET'],
  ...consumers
    .map(({ owner, pod, revision, as, secrets }) => [owner, pod, revision, as.join(', '), secrets.join(', ')])
    .toSorted(byText),
];

const byText = (one: Cells, other: Cells): number => (one.join('\0') < other.join('\0') ? -1 : 1);

function aligned(rows: readonly Cells[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  const line = (row: Cells): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(row => `${line(row)}\n`).join('');
}
