import type { Priority } from '../async/priority.ts';
import type { ObjectKey } from '../core/object-key.ts';
import type { MetadataObject } from '../core/object-meta.ts';
import type { Result } from '../core/result.ts';

export type { MetadataObject, ObjectMeta, OwnerReference } from '../core/object-meta.ts';

/** Why the API server did not do what was asked, in the few ways that callers tell apart. */
export type KubeFault =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'already-exists' }
  /** The precondition (resourceVersion, UID) failed: decide again. */
  | { readonly kind: 'conflict' }
  /** A quota, an admission policy, validation or RBAC said no. `cause` is ours, never the server's text. */
  | { readonly kind: 'refused'; readonly cause: RefusalCause }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  /** `notServed`: it does not know such a resource, as without the CRD of a kind. */
  | { readonly kind: 'unavailable'; readonly notServed?: true };

export type RefusalCause =
  | 'forbidden'
  | 'quota'
  | 'admission'
  | 'invalid'
  | 'immutable'
  /** Server-side apply: another field manager has set what we set. */
  | 'field-owned'
  | 'too-large'
  | 'namespace-terminating'
  | 'unauthenticated';

export type KubeResult<T> = Result<T, KubeFault>;

/** A resource as in a URL: `{group: '', version: 'v1', plural: 'secrets'}`. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export type PatchType = 'application/merge-patch+json' | 'application/json-patch+json' | 'application/apply-patch+yaml';

export interface CallOptions {
  readonly signal: AbortSignal;
  /** In what order calls are made when there are too many at a time; default `normal`. */
  readonly priority?: Priority;
  /** Milliseconds for the whole call once it is its turn, retries of 429 included; default 10,000. */
  readonly deadlineMs?: number;
  /** `metadata`: the answer is a PartialObjectMetadata, or a list of them, so that what was written does not come back. */
  readonly answer?: 'metadata';
}

/** A deletion. */
export interface DeleteOptions extends CallOptions {
  /** What becomes of what the object owns. Of a Job, its pods stay unless this says otherwise. */
  readonly propagationPolicy?: 'Background';
}

/** How much of a list is asked for, and of what. */
export interface ListPage {
  readonly limit: number;
  /** Where the page before ended, as its `metadata.continue` says. */
  readonly continue?: string | undefined;
  /** Only these, as in `kubectl --selector` and `--field-selector`. */
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Typed by what the caller parses: answers are plain JSON. */
export interface KubeClient {
  get(resource: Resource, key: ObjectKey, options: CallOptions): Promise<KubeResult<unknown>>;
  /** One page of a list. */
  list(resource: Resource, namespace: string, page: ListPage, options: CallOptions): Promise<KubeResult<unknown>>;
  create(resource: Resource, namespace: string, body: unknown, options: CallOptions): Promise<KubeResult<unknown>>;
  /** `subresource` such as `token`: POST below a named object. */
  createSub(
    resource: Resource,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    options: CallOptions,
  ): Promise<KubeResult<unknown>>;
  replace(resource: Resource, key: ObjectKey, body: unknown, options: CallOptions): Promise<KubeResult<unknown>>;
  patch(
    resource: Resource,
    key: ObjectKey,
    patch: {
      readonly type: PatchType;
      readonly body: unknown;
      readonly subresource?: 'status';
      /** Field manager of server-side apply; never forced. */
      readonly fieldManager?: string;
    },
    options: CallOptions,
  ): Promise<KubeResult<unknown>>;
  delete(
    resource: Resource,
    key: ObjectKey,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
    options: DeleteOptions,
  ): Promise<KubeResult<void>>;
}

/** What an informer keeps of one resource, read synchronously. */
export interface Lister<T extends MetadataObject> {
  get(key: ObjectKey): T | undefined;
  values(): Iterable<T>;
  readonly size: number;
  /** True after the first complete list. */
  readonly synced: boolean;
}

export interface Informer<T extends MetadataObject> extends Lister<T> {
  /** Called after the cache changed; handlers are isolated from each other. */
  onChange(handler: (change: Change<T>) => void): void;
  /**
   * Puts what a write of our own left into the cache, so that the next decision sees it. Ignored when the watch has
   * passed that resourceVersion already, and for an object of another UID.
   */
  wrote(object: T): void;
  /** Runs until the signal ends; can never die before. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves at the first complete list. */
  whenSynced(): Promise<void>;
}

export interface Change<T> {
  readonly key: ObjectKey;
  /** Absent for a new object. */
  readonly before?: T;
  /** Absent for one that is gone (or lost the label that is watched for). */
  readonly after?: T;
}

/** One line for the people who look at an object; deduplicated and bounded by the recorder. */
export interface EventNote {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion?: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  /** What was done, as events.k8s.io wants it: `Sync`, `Rotate`. */
  readonly action: string;
  readonly note: string;
}

export interface EventRecorder {
  /** Never blocks and never fails; drops what goes over its bounds (Warnings last). */
  record(event: EventNote): void;
}
