/**
 * An expected failure, and the one table that says how each kind is handled.
 * `message` says in our own words what is wrong, where, and how to mend it. It never carries a value, a token
 * or the text of a lower layer: parsers, SDKs and response bodies all quote secrets.
 */
export type Fault =
  | FaultOf<'invalid', InvalidReason>
  | FaultOf<'conflict', 'TargetConflict'>
  | FaultOf<'unusable', 'ValueNotUsable' | 'TargetTooLarge' | 'TemplateFailed'>
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
}

export type FaultKind = Fault['kind'];
export type FaultReason = Fault['reason'];

/** `stalled`: retrying cannot help until an object changes. `retry`: when the next attempt is made. */
export interface FaultPolicy {
  readonly stalled: boolean;
  readonly retry: 'on-change' | 'at-interval' | 'long-backoff' | 'source-budget';
}

export const faultPolicy = {
  invalid: { stalled: true, retry: 'on-change' },
  conflict: { stalled: true, retry: 'on-change' },
  unusable: { stalled: false, retry: 'at-interval' },
  absent: { stalled: false, retry: 'at-interval' },
  denied: { stalled: false, retry: 'long-backoff' },
  throttled: { stalled: false, retry: 'source-budget' },
  unavailable: { stalled: false, retry: 'source-budget' },
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
