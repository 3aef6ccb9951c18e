import type { DataFromEntry, Find, Rewrite } from '../../../api/secret-reference/data-from.ts';
import type { Decoding } from '../../../api/secret-reference/remote-ref.ts';
import type {
  SecretReference,
  SecretReferenceSpec,
  SourceRef,
} from '../../../api/secret-reference/secret-reference.ts';
import type { AnySecretSource } from '../../../api/secret-source/secret-source.ts';
import type { ObjectKey } from '../../../core/object-key.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import type { Result } from '../../../core/result.ts';
import type { Turn } from '../../secret-rotation/turn.ts';
import type { CheckedSource } from '../../secret-source/check.ts';
import type { ReferenceState } from './reference-state.ts';
import type { Revision } from './revisions.ts';

/** Everything that decisions are made on, read from the caches in one go. */
export interface Observed {
  readonly key: ObjectKey;
  readonly reference: SecretReference;
  /** What is asked for, or why nothing may be read: a wrong spec, a source that cannot be used, a key that is not allowed. */
  readonly wanted: Result<Wanted>;
  /** Tokens that no sync has answered yet. */
  readonly asked: Requested;
  readonly suspended: boolean;
  readonly creationPolicy: CreationPolicy;
  readonly namespace: Namespace;
  /** The source of the reference itself, for status and due times, where it can be used; entries may name others. */
  readonly source: UsableSource | undefined;
  readonly targetName: string;
  /** Metadata of the target: for Merge, of the host that consents. */
  readonly target: ObjectMeta | undefined;
  /** Other names under which a Secret of ours may be. */
  readonly previousNames: readonly string[];
  /** Each content is an immutable Secret of its own: for delivery Pinned, and where stages judge it. */
  readonly keepsRevisions: boolean;
  /** Newer values pass the stages of spec.rotation, each time in a run. */
  readonly isJudged: boolean;
  /** What the record of the run lets the reference do. */
  readonly turn: Turn;
  /** The number that the next run gets; 0 where no stage judges, and there are no runs. */
  readonly nextRun: number;
  /** The revisions that there are, whatever the delivery is now. */
  readonly revisions: readonly Revision[];
  readonly state: ReferenceState;
  readonly schedule: Schedule;
  /** Steady milliseconds of the next refresh; undefined when there is none. */
  readonly dueAt: number | undefined;
}

/** Nobody wrote the target since we did. Status may lag one write behind what this process remembers. */
export function isUntouched({ reference, target, state }: Pick<Observed, 'reference' | 'target' | 'state'>): boolean {
  const ours = [reference.status?.target?.resourceVersion, state.target?.resourceVersion];
  return target !== undefined && ours.includes(target.resourceVersion);
}

/** A spec that holds together, and all that it wants to be read. */
export interface Wanted {
  readonly spec: SecretReferenceSpec;
  readonly reads: readonly PlannedRead[];
  /** What has to be looked for before all reads are known. */
  readonly searches: readonly PlannedSearch[];
  /** Names what its templates are rendered with, beside spec and values. */
  readonly templateInputs: string | undefined;
}

type CreationPolicy = SecretReferenceSpec['target']['creationPolicy'];

/** The tokens that somebody put on the reference and that no sync has answered yet. */
export interface Requested {
  /** `shearline.dev/rotate`. */
  readonly rotate?: string;
  /** `force-sync`, the habit of ExternalSecrets users; remembered apart, so that the two never flap. */
  readonly forceSync?: string;
}

/** The namespace of the reference, as policy sees it. */
export interface Namespace {
  readonly name: string;
  /** Not known yet: the watch has not shown it. That it has no labels may not be concluded from that. */
  readonly known: boolean;
  /** Undefined: an operator of single namespaces may not read them. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly terminating: boolean;
}

/** Why neither a selector nor a pattern with a label can choose a namespace. */
export const labelsUnread = 'the operator serves single namespaces, and may not read their labels';

/** A source that holds together, with the object that it comes from. */
export interface UsableSource extends CheckedSource {
  readonly object: AnySecretSource;
}

/** One wish of the spec, of `data` or of `dataFrom`, in the one form that the later steps know. */
export interface Entry {
  readonly origin: Origin;
  /** The same for messages: `spec.data[DB_PASSWORD]`, `spec.dataFrom[0]`. */
  readonly where: string;
  readonly key: string;
  readonly property: string | undefined;
  readonly version: string | undefined;
  readonly sourceRef: SourceRef | undefined;
  readonly optional: boolean;
  /** The text to use when absence is proved. */
  readonly fallback?: string;
  readonly decoding: Decoding;
  /** What becomes of a key that was given before. `data` has the last word. */
  readonly onConflict: OnConflict;
  readonly into: Into;
}

export type OnConflict = NonNullable<DataFromEntry['onConflict']>;

/** Where in the spec something is asked for. */
export interface Origin {
  readonly list: 'dataFrom' | 'data';
  readonly index: number;
}

/** One key of the Secret, or all pairs of a remote secret. */
export type Into = { readonly kind: 'key'; readonly secretKey: string } | ({ readonly kind: 'pairs' } & KeyRules);

/** How the names that a store gives become keys of the Secret: by the rules of one entry, one after the other. */
export interface KeyRules {
  readonly rewrite: readonly Rewrite[];
  readonly invalidKeys: NonNullable<DataFromEntry['invalidKeys']>;
}

/** An entry with its source, or why there is none to use. */
export interface WantedEntry extends Entry {
  readonly source: Result<UsableSource>;
}

/** One read of one remote key: once, however many entries want it. */
export interface PlannedRead {
  readonly source: UsableSource;
  /** Canonical. */
  readonly key: string;
  /** Named by the spec; absent means the newest. */
  readonly version?: string;
  /** The version that the target is served from now, as status says. */
  readonly served?: string;
  readonly entries: readonly WantedEntry[];
}

/** One `find` of `dataFrom`: entries that are known only when the store has been asked for its keys. */
export interface Search extends Find, KeyRules, Pick<Entry, 'decoding' | 'onConflict'> {
  readonly origin: Origin;
  /** `spec.dataFrom[0]`. */
  readonly where: string;
  readonly sourceRef: SourceRef | undefined;
  /** Nothing found is no fault. */
  readonly optional: boolean;
}

/** A search at a source that can list its keys. */
export interface PlannedSearch extends Search {
  readonly source: UsableSource;
}

/**
 * When a reference is refreshed. All references of one source, namespace and interval fall due at the same ticks,
 * so that they share reads:
 *
 *   phase        +interval      +2 intervals
 *   ──┼──────────────┼───────────────┼────▶ steady time
 *      ▲ checkedAt   ▲ due
 */
export interface Schedule {
  /** Milliseconds; 0 means never. */
  readonly interval: number;
  /** Milliseconds into the interval. */
  readonly phase: number;
}
