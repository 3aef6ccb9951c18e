import type { ObjectMeta } from '../../../core/object-meta.ts';
import type { SecretManifest } from '../../../kube/secrets.ts';
import type { Answer, Desired } from './desired.ts';
import type { Observed } from './observed.ts';

/** What is to be done about the Secrets of a reference: for whom, with what, on which answers. */
export interface Wish {
  readonly observed: Observed;
  readonly desired: Desired;
  readonly answers: readonly Answer[];
  /** The rotation token that a change of content answers. */
  readonly token: string | undefined;
  /** A change of content is found out, and not made; `acquires`: but as a revision of its own. */
  readonly holds: boolean | 'acquires';
  /** A rollback by hand, or a run: the revision that is published, as it is. */
  readonly publishes?: KeptRevision | undefined;
}

export interface KeptRevision {
  readonly number: number;
  readonly current: Current;
}

/** A Secret as it is now, without its bytes. */
export interface Current {
  readonly metadata: ObjectMeta;
  readonly fingerprint: string;
  /** Known when the Secret itself was read. */
  readonly type?: string;
  readonly immutable?: boolean;
  /** Keys of which it has none or another value than is wanted; known where it may be adopted. */
  readonly differs?: readonly string[];
}

/** What makes the Secrets of a reference what they should be, in the order in which it is done. */
export interface Changes {
  readonly create: readonly Creation[];
  readonly update: readonly Write[];
  /** Names under which one of ours may be and none should: looked at before it goes, for caches may be wrong. */
  readonly delete: readonly string[];
  readonly keep: readonly Kept[];
}

export interface Creation extends Write {
  /** The type of a Secret cannot be changed: this very one goes, then it is made again. */
  readonly replaces?: ObjectMeta;
}

export interface Kept {
  readonly current: Current;
  readonly revision: number;
}

export interface Write {
  readonly manifest: SecretManifest;
  readonly fingerprint: string;
  readonly revision: number;
  /** Against the last that was counted, not against what somebody made of the Secret since. */
  readonly contentChanged: boolean;
  /** It was nobody's before. */
  readonly adopts: boolean;
}
