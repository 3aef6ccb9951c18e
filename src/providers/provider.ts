import type { ZodType } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Fault } from '../core/fault.ts';
import type { Result } from '../core/result.ts';
import type { SecretValue } from '../core/secret-value.ts';
import type { ProviderHttp } from '../net/http.ts';

/** What every kind of store offers. One folder a provider; nothing outside of it knows the store's own words. */
export interface Provider<Spec> {
  /** The field of `spec.provider`: `vault`, `awsSm`… */
  readonly name: string;
  /** Its row in the README's table of providers. */
  readonly docs: ProviderDocs;
  readonly capabilities: readonly Capability[];
  /**
   * First segments of canonical keys that are words of the store and no names, such as `certificate` in `certificate/NAME`.
   * A pattern of `allowedKeys` has to spell them out: otherwise a namespace of that name would have them all.
   */
  readonly keyPrefixes?: readonly string[];
  /** Which reads can travel together; sessions then have `readMany`. */
  readonly batch?: BatchRules;
  /** Type, parser and CRD schema of that field. */
  readonly spec: ZodType<Spec>;
  /** What the spec needs from the cluster. The session cache keys and the watches are built from it. */
  needs(spec: Spec): Needs;
  /** Rules that a schema cannot say: mounts, roles and addresses are checked before any URL is built. */
  check(spec: Spec): Result<Spec>;
  /** The one form of a remote key that `allowedKeys` is matched against and that the store is asked for. */
  canonicalKey(spec: Spec, key: string): Result<string>;
  /** The form in which canonical keys begin with what somebody wrote as a prefix. Absent: as it is written. */
  canonicalPrefix?(prefix: string): string;
  /**
   * The command by which a person disables one version at the store, in a way that can be taken back where the store has one.
   * Absent, or undefined: the store cannot do that. Nothing runs it here.
   */
  disableCommand?(spec: Spec, key: string, version: string): string | undefined;
  /** One login. The ports already act for one identity of one source. */
  login(spec: Spec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<ProviderSession>>;
}

/** A sentence or two each, in Markdown. */
export interface ProviderDocs {
  /** `AWS Secrets Manager`. */
  readonly title: string;
  /** How a namespace logs in. */
  readonly identity: string;
  readonly features: string;
  readonly limits: string;
  /** Annotations of a ServiceAccount that its logins read, by name. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A provider with the spec of one source: what the rest of the operator holds. */
export interface BoundProvider {
  readonly name: string;
  readonly capabilities: readonly Capability[];
  readonly keyPrefixes: readonly string[];
  readonly batch?: BatchRules;
  readonly needs: Needs;
  canonicalKey(key: string): Result<string>;
  canonicalPrefix(prefix: string): string;
  disableCommand?(key: string, version: string): string | undefined;
  login(ports: ProviderPorts, signal: AbortSignal): Promise<Result<ProviderSession>>;
}

/** What a store can do besides reading; `list` when sessions have it. */
export type Capability = 'list';

export interface Needs {
  /** Base URLs of the store and of whoever gives its logins, checked against the egress rules before anything is sent. */
  readonly addresses: readonly string[];
  /** ServiceAccount to log in as, of the *reference's* namespace. Absent: one session serves all namespaces of the source. */
  readonly serviceAccount?: WantedServiceAccount;
  /**
   * Enters as the operator itself (its pod's or node's identity, or a ServiceAccount of its own namespace, which
   * `serviceAccount` is then). Only for a ClusterSecretSource with allowedKeys, and with --allow-operator-identity.
   */
  readonly operatorIdentity?: true;
  /**
   * No store guards the values. `spec`: they are in the source, and whoever can read it has them, so a cluster needs
   * --allow-insecure-providers for it. `machine`: in files and environment of this process, so no cluster takes it.
   */
  readonly insecure?: 'spec' | 'machine';
  /** Where the CA bundle (PEM) is; an object is in the source's home namespace. */
  readonly caBundle?: CaBundleRef;
  /** Secrets that serve as credentials, in the source's home namespace; each must carry the credential label. */
  readonly credentials: readonly ObjectField[];
}

export interface WantedServiceAccount {
  readonly name: string;
  /** Of the token. `this-cluster`: the store is this cluster's own API server, and the ServiceAccount is labelled for that. */
  readonly audiences: readonly string[] | 'this-cluster';
  /** Annotations of the ServiceAccount that the login depends on: when one changes, there is a new session. */
  readonly annotations?: readonly string[];
}

/** Exactly one is set. The Secret carries the credential label. */
export interface CaBundleRef {
  readonly configMapKeyRef?: ObjectField;
  readonly secretKeyRef?: ObjectField;
  readonly clusterTrustBundle?: { readonly name: string };
  readonly inline?: string;
}

/** One key of a ConfigMap or Secret. */
export interface ObjectField {
  readonly name: string;
  readonly key: string;
}

/**
 * What a login may use. A source's home namespace is its own; a ClusterSecretSource's is the operator's.
 * Tokens are minted for the ServiceAccount of the reference's namespace and were tried against the API server first.
 */
export interface ProviderPorts {
  readonly clock: Clock;
  /** Pooled HTTP to this source only: egress rules, CA, deadlines and body cap are already applied. */
  readonly http: ProviderHttp;
  /** Base URL of this cluster's API server. `http` reaches it only for a source whose audiences are `this-cluster`. */
  readonly clusterAddress: string;
  /** Whom the login is for; absent when `needs` names no ServiceAccount. */
  readonly serviceAccount?: ServiceAccount;
  /** Files and environment of whoever runs a command. Absent in a cluster: they would be the operator's. */
  readonly machine?: Machine;
  /** A fresh token of that ServiceAccount, 10 minutes. */
  token(signal: AbortSignal): Promise<Result<SecretValue>>;
  credential(field: ObjectField, signal: AbortSignal): Promise<Result<SecretValue>>;
}

/** The laptop or CI job on which a command runs. */
export interface Machine {
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Life of a minted token: the least that the API server grants. */
export const mintedTokenMs = 600_000;

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Those that `needs` names, as far as they are set. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ProviderSession {
  /** Steady milliseconds after which the login is no longer valid; absent when it never ends. */
  readonly expiresAt?: number;
  /** Whether logging in again is impossible (a used single-use secret-id): such a session is kept to its end. */
  readonly irreplaceable?: boolean;
  /**
   * Whether what it may do was settled when it was made, as the policies of a Vault token are. A refusal may then be out
   * of date, and a new login shows whether it is.
   */
  readonly rightsFromLogin?: boolean;
  /** How many more requests it is good for; at least one after the login. Absent: any number. */
  readonly usesLeft?: () => number;
  /**
   * Reads one key. The version is the store's; absent means the newest.
   * `absent` only when absence is proved. `login-expired` when the store no longer knows this login.
   */
  read(request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer>;
  /** One answer for each request, in their order: an entry that fails fails only itself. Present with the provider's `batch`. */
  readMany?(requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadAnswer[]>;
  /**
   * Canonical keys that the login may list, in any order; present with the capability `list`. A name that has no canonical
   * form is listed as it is: `find` leaves it out, and says so.
   */
  list?(request: ListRequest, signal: AbortSignal): Promise<ListAnswer>;
  /** Extends the login. A session without it is replaced by a new login before its end. Answers the new `expiresAt`. */
  renew?(signal: AbortSignal): Promise<Result<number | undefined>>;
  /** Revokes the login at the store, as far as it can; never throws. */
  close(signal: AbortSignal): Promise<void>;
}

export interface ReadRequest {
  /** Canonical. */
  readonly key: string;
  readonly version?: string;
}

/** `version` of the one before the newest, at a store that can tell which that is. */
export const previousVersion = 'previous';

export interface BatchRules {
  /** Most keys that one call takes. */
  readonly size: number;
  /** Whether this request can travel in a batch; others are read one by one. */
  takes(request: ReadRequest): boolean;
}

export interface ListRequest {
  /** Keys begin with it, in their canonical form. Empty: all. */
  readonly prefix: string;
  /** Tags, labels or custom metadata that a key must have, all of them. Empty: any. */
  readonly tags: Readonly<Record<string, string>>;
  /** A store that has more keys than this answers `unusable` instead of a part of them. */
  readonly limit: number;
}

export type ListAnswer = Result<readonly string[], Fault | LoginExpired>;

export type ReadAnswer = Result<RemoteValue, Fault | LoginExpired>;

export interface LoginExpired {
  readonly kind: 'login-expired';
}

export interface RemoteValue {
  /** What the store holds under the key: for a key-value engine the JSON text of the pairs, else the bytes themselves. */
  readonly value: SecretValue;
  /** The version that was served; absent when the store has none (KV version 1). */
  readonly version?: string;
  /** Milliseconds since the epoch: when that version was made, where the answer to the read says it. */
  readonly madeAt?: number;
  /**
   * Pairs that are no text, which the JSON of `value` cannot hold and lacks. They are properties like the others; but
   * where there are any, `value` is not the whole.
   */
  readonly bytes?: ReadonlyMap<string, SecretValue>;
}
