import type { Priority } from '../async/priority.ts';
import type { FaultKind } from '../core/fault.ts';
import type { Result } from '../core/result.ts';
import type { SecretValue } from '../core/secret-value.ts';
import type {
  BoundProvider,
  ListRequest,
  Machine,
  ObjectField,
  ReadRequest,
  RemoteValue,
} from '../providers/provider.ts';

/** One source as sessions and reads see it. */
export interface SourceAccess {
  readonly uid: string;
  readonly generation: number;
  /** For messages: `ClusterSecretSource vault-prod`. */
  readonly label: string;
  /** SecretSource (true) or ClusterSecretSource (false): namespaced sources have the stricter egress rules. */
  readonly namespaced: boolean;
  /** Where CA bundle and credentials are: the source's own namespace, or the operator's. */
  readonly homeNamespace: string;
  readonly provider: BoundProvider;
}

/** The cluster as sessions need it; implemented in kube/. Faults are ready to be shown to the user. */
export interface ClusterAccess {
  /** From the cache: undefined when there is no such ServiceAccount. */
  serviceAccount(namespace: string, name: string): KnownServiceAccount | undefined;
  /** From the cache: undefined when the Secret is missing or lacks the label `shearline.dev/credential: "true"`. */
  credentialVersion(namespace: string, name: string): string | undefined;
  /** TokenRequest, 10 minutes. Without audiences: for the API server itself. */
  mintToken(
    serviceAccount: { readonly namespace: string; readonly name: string; readonly uid: string },
    audiences: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<SecretValue>>;
  /** Whether the API server itself takes the token (SelfSubjectReview): such a token may be sent nowhere. */
  acceptsToken(token: SecretValue, signal: AbortSignal): Promise<Result<boolean>>;
  configMapField(namespace: string, field: ObjectField, signal: AbortSignal): Promise<Result<string>>;
  /** The PEM of a ClusterTrustBundle. */
  trustBundle(name: string, signal: AbortSignal): Promise<Result<string>>;
  credentialField(namespace: string, field: ObjectField, signal: AbortSignal): Promise<Result<SecretValue>>;
  /** Base URL of the API server. */
  readonly address: string;
  /** Present where a command runs without a cluster. */
  readonly machine?: Machine;
}

export interface KnownServiceAccount {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** How urgent and how fresh a read has to be. */
export interface ReadWant {
  /** Steady milliseconds: an answer of a read that started earlier does not count. */
  readonly notBefore: number;
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

/** A source answers again. */
export interface Recovery {
  readonly sourceUid: string;
  /** Absent: it answered nobody before. */
  readonly namespace?: string;
}

/** Sessions, sharing, budgets: the one way to a remote value. */
export interface RemoteReader {
  /**
   * Reads with the identity of `namespace`. Shares the answer of any read of the same key, version and session
   * that started at or after `notBefore` (steady milliseconds); otherwise a new read starts.
   */
  read(source: SourceAccess, namespace: string, request: ReadRequest, want: ReadWant): Promise<Result<RemoteValue>>;
  /** Lists with the identity of `namespace`, shared like reads. Sorted. */
  list(
    source: SourceAccess,
    namespace: string,
    request: ListRequest,
    want: ReadWant,
  ): Promise<Result<readonly string[]>>;
  /**
   * When a failing reference of a namespace may try again: steady milliseconds, drawn from the budget that its identity
   * has at the source, so that thousands of failing references cost a flat number of calls. `waitMs`: how long it would
   * wait if it were alone. One that fails again before that keeps its time.
   */
  retryAt(sourceUid: string, namespace: string, reference: string, waitMs: number): number;
  /** It was deleted: the time of its retry, at whatever source, is free for others. */
  forgetReference(namespace: string, reference: string): void;
  /** Called when a source answers again after it had been unavailable. */
  onRecovered(handler: (recovery: Recovery) => void): void;
  /** Ends the sessions of a source, or of one namespace of it (served no longer). Reads under way end as `unavailable`. */
  drop(sourceUid: string, namespace?: string): void;
  /** The CA bundle of a source was read: logins that were made under another one are replaced at their next use. */
  sawCaBundle(sourceUid: string, caPem: string): void;
  /** Aborts reads, revokes what can be revoked within the time of the signal. */
  close(signal: AbortSignal): Promise<void>;
}

/** What metrics about stores are made of. No keys, and no namespaces that use a source: their number has no bound. */
export interface ProviderObserver {
  read(call: ProviderCall): void;
  login(call: ProviderCall): void;
}

export interface ProviderCall {
  readonly provider: string;
  /** The source's label: `ClusterSecretSource vault-prod`. */
  readonly source: string;
  /** Its own namespace; empty for a ClusterSecretSource. */
  readonly namespace: string;
  readonly outcome: 'ok' | FaultKind;
  readonly tookMs: number;
}

/** The source of a call, as metrics name it. */
export const sourceOfCall = ({ provider, label, namespaced, homeNamespace }: SourceAccess) => ({
  provider: provider.name,
  source: label,
  namespace: namespaced ? homeNamespace : '',
});
