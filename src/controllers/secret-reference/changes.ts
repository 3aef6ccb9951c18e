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
