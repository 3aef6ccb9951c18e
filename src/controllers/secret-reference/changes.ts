import type { AbsentFault } from '../../core/fault.ts';
import type { ObjectMeta } from '../../core/object-meta.ts';
import type { SecretManifest } from '../../kube/secrets.ts';
import type { Answer, Desired } from './desired.ts';
import type { Observed } from './observed.ts';

/** What is to be done about the target: for whom, with what, on which answers. */
export interface Wish {
  readonly observed: Observed;
  readonly desired: Desired;
  readonly answers: readonly Answer[];
  /** The rotation token that a change of content answers. */
  readonly token: string | undefined;
}

/** The target as it is now, without its bytes. */
export interface Current {
  readonly metadata: ObjectMeta;
  readonly fingerprint: string;
  /** Known when the Secret itself was read. */
  readonly type?: string;
  readonly immutable?: boolean;
}

/** The one write that makes the target what it should be. */
export type Change =
  | { readonly kind: 'keep'; readonly current: Current; readonly revision: number }
  | { readonly kind: 'create'; readonly write: Write }
  | { readonly kind: 'update'; readonly write: Write }
  /** The type of a Secret cannot be changed: this very one goes, then it is made again. */
  | { readonly kind: 'recreate'; readonly write: Write; readonly uid: string }
  | { readonly kind: 'delete'; readonly current: Current; readonly proof: AbsentFault }
  | { readonly kind: 'nothing'; readonly proof: AbsentFault };

export interface Write {
  readonly manifest: SecretManifest;
  readonly fingerprint: string;
  readonly revision: number;
  /** Against the last that was counted, not against what somebody made of the Secret since. */
  readonly contentChanged: boolean;
}

/** What the reference knows of earlier writes. */
export interface History {
  readonly reference: ObjectMeta;
  /** The revision in status; 0 before the first write. */
  readonly revision: number;
  /** The content of that revision, where it is known. */
  readonly last: LastContent | undefined;
  /** The rotation token that a change of content answers. */
  readonly token: string | undefined;
}

/** The number belongs to content: what held it before gets the same one back. */
export interface LastContent {
  readonly revision: number;
  readonly fingerprint: string;
}

/**
 * The number of the wanted content. A Secret that has it already under a number that status does not know of was written
 * by a reconcile that did not live to report it, or whose answer was lost.
 */
export function numbered(
  there: { readonly holds: boolean; readonly revision: number },
  { revision, last }: Pick<History, 'revision' | 'last'>,
  wanted: string,
): Pick<Write, 'revision' | 'contentChanged'> {
  if (wanted === last?.fingerprint) return { revision: last.revision, contentChanged: false };
  const known = Math.max(revision, there.revision);
  const counted = there.holds && (last === undefined || known > last.revision);
  return counted ? { revision: known, contentChanged: false } : { revision: known + 1, contentChanged: true };
}
