import type { ObjectMeta } from '../../../core/object-meta.ts';
import { servedAgain } from '../reads/served.ts';
import type { Write } from './changes.ts';
import type { Answer, DesiredSecret } from './desired.ts';
import { fingerprint } from './fingerprint.ts';
import type { Observed } from './observed.ts';

/** What the reference knows of earlier writes. */
export interface History {
  readonly reference: ObjectMeta;
  /** The revision in status; 0 before the first write. */
  readonly revision: number;
  /** The content of that revision, where it is known. */
  readonly last: LastContent | undefined;
  /** The rotation token that a change of content answers. */
  readonly token: string | undefined;
  /** The number of the wanted content, where it was chosen already. */
  readonly chosen?: Numbered;
}

/** The number belongs to content: what held it before gets the same one back. */
export interface LastContent {
  readonly revision: number;
  readonly fingerprint: string;
}

/** The number of a content, and whether it is another than the last that was counted. */
export type Numbered = Pick<Write, 'revision' | 'contentChanged'>;

/**
 * The number of the wanted content. A Secret that has it already under a number that status does not know of was written
 * by a reconcile that did not live to report it, or whose answer was lost.
 */
export function numbered(
  there: { readonly holds: boolean; readonly revision: number },
  { revision, last }: Pick<History, 'revision' | 'last'>,
  wanted: string,
): Numbered {
  if (wanted === last?.fingerprint) return { revision: last.revision, contentChanged: false };
  const known = Math.max(revision, there.revision);
  // Of a Secret that is adopted with the wanted content nobody has counted anything.
  if (there.holds && known === 0) return { revision: 1, contentChanged: false };
  const counted = there.holds && (last === undefined || known > last.revision);
  return counted ? { revision: known, contentChanged: false } : { revision: known + 1, contentChanged: true };
}

/** Undefined where nobody knows, and for a target of another name, which is a new one: it is counted on. */
export function lastContent(
  observed: Observed,
  type: string,
  data: DesiredSecret['data'],
  answers: readonly Answer[],
): LastContent | undefined {
  const { reference, targetName, state } = observed;
  const last = reference.status?.target;
  if (last?.name !== targetName) return undefined;
  if (state.target !== undefined) return state.target;
  return servedAgain(observed, answers) ? { revision: last.revision, fingerprint: fingerprint(type, data) } : undefined;
}
