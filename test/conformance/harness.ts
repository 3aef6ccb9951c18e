import type { BoundProvider } from '../../src/providers/provider.ts';
import type { Answer } from '../servers/answers.ts';

/** The two namespaces of every harness; `ConformanceCluster.namespace` has the real names. */
export const teams = ['team-a', 'team-b'] as const;
export type Team = (typeof teams)[number];

/**
 * What a provider's tests must offer, so that all providers keep the same promises: a real server or a faithful one,
 * the provider bound to a source that leads there, and hands to move things at the store.
 */
export interface Harness {
  /**
   * Both namespaces enter it with their ServiceAccount `app`; a provider without ServiceAccounts with a credential, a
   * labelled Secret of the cluster's home namespace. Its CA bundle is a ConfigMap there (`ConformanceCluster.caBundle`).
   */
  readonly provider: BoundProvider;
  /** What the provider is bound to: what stands in a source under `spec.provider.<name>`. */
  readonly spec: object;
  /** The canonical key of a secret with a plain name (`[a-z0-9-]+`), which both namespaces may read. It ends with the name. */
  key(name: string): string;
  /** A key that is there, with a value, and that neither namespace may read; where there is no server, any key. */
  readonly deniedKey: string;
  /** A key that this team may read and the other may not; undefined where both enter with one credential. */
  readonly ownKey?: (team: Team) => string;
  /** Other spellings of `deniedKey` or of any key: each must be refused, or come out as exactly this canonical key. */
  readonly spellings: readonly (readonly [spelling: string, canonical: string | 'refused'])[];
  /** Stores a value as a new version, creating the key when needed; answers the version, undefined when there are none. */
  put(key: string, value: string | Uint8Array): Promise<string | undefined>;
  /** What can be stored. */
  readonly takes: {
    /** Of the largest value; what the tests store under one key never has more. */
    readonly bytes: number;
    readonly binary: boolean;
    readonly empty: boolean;
    /** The value is a JSON object of strings, as pairs of a key-value engine. */
    readonly onlyJson: boolean;
  };
  /** Ways in which a key is gone for its readers, by name: each is proved absence. The first takes it out of lists too. */
  readonly waysToGo: Readonly<Record<string, (key: string) => Promise<void>>>;
  /**
   * Pins of a key that was put twice, `one` and then `two`, besides the version that `put` answered: stages, aliases,
   * labels. Each with the value that it must serve.
   */
  readonly pins: readonly (readonly [version: string, serves: 'one' | 'two'])[];
  /** Pins that never were, each of which must be `absent/VersionNotFound`; at least one where there are versions. */
  readonly noSuchPins: readonly string[];
  /** Gives a key tags; with the capability `list`. Where keys have none, a search by tags is `invalid`. */
  tag?(key: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** More keys than one page of a list has; default 120. */
  readonly moreThanAPage?: number;
  /** Ends all logins at the store, so that the next call of each is told so; undefined where a login cannot be ended. */
  readonly revokeLogins?: () => Promise<void>;
  /** From now on calls of this kind meet this answer; without an answer all is well again. They are still `seen`. */
  misbehave(call: CallKind, answer?: Answer): void;
  /** What the server saw since it was started, in order: calls of the provider, not those of `put` and the like. */
  seen(): readonly Seen[];
  /** Every URL, and every line that a store wrote down, so far. */
  records(): Promise<string>;
  close(): Promise<void>;
}

/** What a call is for. A question that a provider asks besides (is this login alive, is there such a mount) is none of them. */
export type CallKind = 'read' | 'list' | 'login';

/** One call as the server understood it. */
export interface Seen {
  readonly kind: CallKind;
  /** The real one, of the ServiceAccount that the server verified, for a login, or that the call's token was made for. */
  readonly namespace?: string;
  /** Audience of the ServiceAccount's token, for a login. */
  readonly audience?: string;
  /** For reads: how many keys the call asked for. */
  readonly keys?: number;
}

/** Patterns of `allowedKeys` for whatever the store has. */
export const allKeys = ({ keyPrefixes }: BoundProvider): readonly string[] => [
  '**',
  ...keyPrefixes.map(prefix => `${prefix}/**`),
];
