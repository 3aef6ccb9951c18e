/**
 * An expected failure, and the two tables that say how each is handled: by its kind, and by its reason.
 * `message` says in our own words what is wrong, where, and how to fix it. It never carries a value, a token
 * or the text of a lower layer: parsers, SDKs and response bodies all quote secrets.
 */
export type Fault =
  | FaultOf<'invalid', InvalidReason>
  | FaultOf<'conflict', 'TargetConflict' | 'AdoptionMatches' | 'AdoptionDiffers'>
  | FaultOf<'unusable', 'ValueNotUsable' | 'TargetTooLarge'>
  | FaultOf<'absent', 'KeyNotFound' | 'PropertyNotFound' | 'VersionNotFound'>
  | FaultOf<'denied', 'AuthFailed' | 'AccessDenied' | 'TargetWriteRefused' | 'TargetImmutable' | 'NamespaceTerminating'>
  | (FaultOf<'throttled', 'Throttled' | 'TooManyChanges'> & { readonly retryAfterMs?: number })
  | FaultOf<'unavailable', 'ProviderUnavailable' | 'KubernetesUnavailable'>;

type InvalidReason =
  | 'InvalidSpec'
  | 'KeyNotAllowed'
  | 'RefusedByPolicy'
  | 'NamespaceNotAllowed'
  | 'SourceNotFound'
  | 'SourceInvalid'
  | 'ServiceAccountNotFound'
  | 'CABundleInvalid'
  | 'TemplateNotFound'
  | 'RevisionNotFound'
  | 'RotationNotEnabled';

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

/** How a kind of fault is handled. */
export interface FaultPolicy {
  /** Retrying cannot help until an object changes. */
  readonly stalled: boolean;
  /** When the next attempt is made. */
  readonly retry: 'on-change' | Waits;
  /** It passes by itself, so a rotation token stays pending, and is answered afterwards. */
  readonly keepsToken: boolean;
  /** A good Secret that is in place stays Ready. */
  readonly keepsReady: boolean;
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
  invalid: { stalled: true, retry: 'on-change', keepsToken: false, keepsReady: true },
  conflict: { stalled: true, retry: { ...patient, withinInterval: false }, keepsToken: false, keepsReady: false },
  unusable: { stalled: false, retry: patient, keepsToken: false, keepsReady: true },
  absent: { stalled: false, retry: patient, keepsToken: false, keepsReady: true },
  denied: { stalled: false, retry: patient, keepsToken: false, keepsReady: true },
  throttled: { stalled: false, retry: eager, keepsToken: true, keepsReady: true },
  unavailable: { stalled: false, retry: eager, keepsToken: true, keepsReady: true },
} as const satisfies Record<FaultKind, FaultPolicy>;

/** Where a fault comes from, and what may end it before the next attempt would. */
export interface FaultOrigin {
  /** Who can put it right: the store that fails, whoever runs the cluster, or whoever writes specs, values and rights. */
  readonly blame: 'user' | 'store' | 'cluster';
  /**
   * `arrival`: an object that arrives by a watch of its own, perhaps of the same file. `recovery`: the store that is back.
   * `success`: of the same for another reference of the namespace, which shows that rights were put right.
   */
  readonly healedBy: 'edit' | 'arrival' | 'recovery' | 'success' | 'retry';
}

export const faultOrigin: Readonly<Record<FaultReason, FaultOrigin>> = {
  InvalidSpec: { blame: 'user', healedBy: 'edit' },
  KeyNotAllowed: { blame: 'user', healedBy: 'edit' },
  RefusedByPolicy: { blame: 'user', healedBy: 'edit' },
  SourceInvalid: { blame: 'user', healedBy: 'edit' },
  SourceNotFound: { blame: 'user', healedBy: 'arrival' },
  NamespaceNotAllowed: { blame: 'user', healedBy: 'arrival' },
  ServiceAccountNotFound: { blame: 'user', healedBy: 'arrival' },
  CABundleInvalid: { blame: 'user', healedBy: 'arrival' },
  TemplateNotFound: { blame: 'user', healedBy: 'arrival' },
  RevisionNotFound: { blame: 'user', healedBy: 'edit' },
  RotationNotEnabled: { blame: 'user', healedBy: 'edit' },
  TargetConflict: { blame: 'user', healedBy: 'retry' },
  AdoptionMatches: { blame: 'user', healedBy: 'retry' },
  AdoptionDiffers: { blame: 'user', healedBy: 'retry' },
  ValueNotUsable: { blame: 'user', healedBy: 'retry' },
  TargetTooLarge: { blame: 'user', healedBy: 'retry' },
  KeyNotFound: { blame: 'user', healedBy: 'retry' },
  PropertyNotFound: { blame: 'user', healedBy: 'retry' },
  VersionNotFound: { blame: 'user', healedBy: 'retry' },
  AuthFailed: { blame: 'user', healedBy: 'success' },
  AccessDenied: { blame: 'user', healedBy: 'success' },
  TargetWriteRefused: { blame: 'cluster', healedBy: 'success' },
  TargetImmutable: { blame: 'user', healedBy: 'retry' },
  NamespaceTerminating: { blame: 'cluster', healedBy: 'retry' },
  TooManyChanges: { blame: 'user', healedBy: 'retry' },
  Throttled: { blame: 'store', healedBy: 'recovery' },
  ProviderUnavailable: { blame: 'store', healedBy: 'recovery' },
  KubernetesUnavailable: { blame: 'cluster', healedBy: 'retry' },
};

/** What a store says when it cannot answer now. */
export type StoreFault = Extract<Fault, { readonly kind: 'throttled' | 'unavailable' }>;

/** Its circuit breakers count these. */
export const isStoreFault = (fault: Fault): fault is StoreFault => faultOrigin[fault.reason].blame === 'store';

/** The API server's own trouble is none of the store's: neither its breaker nor its budget counts it. */
export const isApiServerTrouble = ({ kind, reason }: Fault): boolean =>
  faultPolicy[kind].keepsToken && faultOrigin[reason].blame === 'cluster';

export const invalid = (reason: InvalidReason, message: string): Fault => ({ kind: 'invalid', reason, message });
export const invalidSpec = (message: string): Fault => invalid('InvalidSpec', message);
export const conflict = (message: string): Fault => ({ kind: 'conflict', reason: 'TargetConflict', message });
export const adoptionMatches = (message: string): Fault => ({ kind: 'conflict', reason: 'AdoptionMatches', message });
export const adoptionDiffers = (message: string): Fault => ({ kind: 'conflict', reason: 'AdoptionDiffers', message });
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
export const targetImmutable = (message: string): Fault => ({ kind: 'denied', reason: 'TargetImmutable', message });
export const throttled = (message: string, retryAfterMs?: number): Fault => ({
  kind: 'throttled',
  reason: 'Throttled',
  message,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
export const tooManyChanges = (message: string): Fault => ({ kind: 'throttled', reason: 'TooManyChanges', message });
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
