/**
 * An expected failure, and the one table that says how each kind is handled.
 * `message` says in our own words what is wrong, where, and how to fix it. It never carries a value, a token
 * or the text of a lower layer: parsers, SDKs and response bodies all quote secrets.
 */
export type Fault =
  | FaultOf<'invalid', InvalidReason>
  | FaultOf<'conflict', 'TargetConflict'>
  | FaultOf<'unusable', 'ValueNotUsable' | 'TargetTooLarge'>
  | FaultOf<'absent', 'KeyNotFound' | 'PropertyNotFound' | 'VersionNotFound'>
  | FaultOf<'denied', 'AuthFailed' | 'AccessDenied' | 'TargetWriteRefused' | 'NamespaceTerminating'>
  | (FaultOf<'throttled', 'Throttled'> & { readonly retryAfterMs?: number })
  | FaultOf<'unavailable', 'ProviderUnavailable' | 'KubernetesUnavailable'>;

type InvalidReason =
  | 'InvalidSpec'
  | 'KeyNotAllowed'
  | 'NamespaceNotAllowed'
  | 'SourceNotFound'
  | 'SourceInvalid'
  | 'ServiceAccountNotFound'
  | 'CABundleInvalid';

interface FaultOf<K extends string, R extends string> {
  readonly kind: K;
  readonly reason: R;
  readonly message: string;
  /** UID of the source that gave it: its budget pays for the next attempt. */
  readonly sourceUid?: string;
}

/** The proof that there is nothing. */
export type AbsentFault = Extract<Fault, { kind: 'absent' }>;
export type FaultKind = Fault['kind'];
export type FaultReason = Fault['reason'];

/** `stalled`: retrying cannot help until an object changes. `retry`: when the next attempt is made. */
export interface FaultPolicy {
  readonly stalled: boolean;
  readonly retry: 'on-change' | Waits;
}

/** Milliseconds; each wait is twice the one before. */
export interface Waits {
  readonly firstMs: number;
  readonly mostMs: number;
  /** Never longer than the refresh interval either. */
  readonly withinInterval: boolean;
}

/** For what somebody has to put right. */
const patient: Waits = { firstMs: 5000, mostMs: 5 * 60_000, withinInterval: true };
/** For what comes back by itself: the circuit breaker keeps it cheap. */
const eager: Waits = { firstMs: 1000, mostMs: 9000, withinInterval: false };

export const faultPolicy = {
  invalid: { stalled: true, retry: 'on-change' },
  conflict: { stalled: true, retry: { ...patient, withinInterval: false } },
  unusable: { stalled: false, retry: patient },
  absent: { stalled: false, retry: patient },
  denied: { stalled: false, retry: patient },
  throttled: { stalled: false, retry: eager },
  unavailable: { stalled: false, retry: eager },
} as const satisfies Record<FaultKind, FaultPolicy>;

export const invalid = (reason: InvalidReason, message: string): Fault => ({ kind: 'invalid', reason, message });
export const invalidSpec = (message: string): Fault => invalid('InvalidSpec', message);
export const conflict = (message: string): Fault => ({ kind: 'conflict', reason: 'TargetConflict', message });
export const unusable = (message: string): Fault => ({ kind: 'unusable', reason: 'ValueNotUsable', message });
export const tooLarge = (message: string): Fault => ({ kind: 'unusable', reason: 'TargetTooLarge', message });
export const absent = (reason: 'KeyNotFound' | 'PropertyNotFound' | 'VersionNotFound', message: string): Fault => ({
  kind: 'absent',
  reason,
  message,
});
export const authFailed = (message: string): Fault => ({ kind: 'denied', reason: 'AuthFailed', message });
export const accessDenied = (message: string): Fault => ({ kind: 'denied', reason: 'AccessDenied', message });
export const writeRefused = (message: string): Fault => ({ kind: 'denied', reason: 'TargetWriteRefused', message });
export const throttled = (message: string, retryAfterMs?: number): Fault => ({
  kind: 'throttled',
  reason: 'Throttled',
  message,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
export const unavailable = (message: string): Fault => ({
  kind: 'unavailable',
  reason: 'ProviderUnavailable',
  message,
});
export const kubernetesUnavailable = (message: string): Fault => ({
  kind: 'unavailable',
  reason: 'KubernetesUnavailable',
  message,
});
