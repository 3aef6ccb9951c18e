import type { Clock } from '../core/clock.ts';
import { type ObjectKey, objectKey } from '../core/object-key.ts';
import { fieldOf, textOf } from '../core/untyped.ts';
import type { Change, Informer, MetadataObject } from './api.ts';
import {
  type ListerWatcher,
  type ListWatchError,
  type ListWatchTiming,
  listAndWatch,
  type WatchEvent,
} from './list-watch.ts';

export interface InformerOptions<T extends MetadataObject> {
  readonly source: ListerWatcher;
  readonly timing: ListWatchTiming;
  readonly clock: Clock;
  readonly random: () => number;
  /** Undefined for an object that cannot be read: it is kept out, as if it were not there. `before`: as it was known. */
  readonly parse: (raw: unknown, before: T | undefined) => T | undefined;
  /** For a counter and a log line; `bug` is what a handler threw. */
  readonly report: (trouble: InformerError, bug?: unknown) => void;
}

export type InformerError = ListWatchError | 'object-unreadable' | 'handler-threw';

export function createInformer<T extends MetadataObject>(options: InformerOptions<T>): Informer<T> {
  return new CachingInformer(options);
}

class CachingInformer<T extends MetadataObject> implements Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #cache = new ObjectCache<T>();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #firstList = Promise.withResolvers<void>();
  /** The newest version that a list, an event or a bookmark has shown. */
  #position = '';
  #listing: Listing = { acceptOlder: false, named: new Set() };
  /** Versions that writes of our own made, whose events have not come yet. */
  readonly #own = new Set<string>();
  synced = false;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
  }

  get = (key: ObjectKey): T | undefined => this.#cache.get(key);
  values = (): Iterable<T> => this.#cache.values();
  onChange = (handler: (change: Change<T>) => void): void => void this.#handlers.push(handler);
  whenSynced = (): Promise<void> => this.#firstList.promise;

  get size(): number {
    return this.#cache.size;
  }

  run(signal: AbortSignal): Promise<void> {
    const sink = {
      position: () => this.#position,
      begin: this.#begin,
      page: this.#page,
      complete: this.#complete,
      event: this.#event,
      isOwn: (resourceVersion: string) => this.#own.has(resourceVersion),
    };
    return listAndWatch({ ...this.#options, sink }, signal);
  }

  wrote(object: T): void {
    const { resourceVersion } = object.metadata;
    // What the watch has passed may have been deleted since: it would come back to life here.
    if (!isNewer(resourceVersion, this.#position)) return;
    const changes = this.#cache.wrote(object);
    if (changes.length > 0) this.#own.add(resourceVersion);
    this.#notify(changes);
  }

  #begin = (resourceVersion: string, acceptOlder: boolean): boolean => {
    const stale = resourceVersion !== this.#position && !isNewer(resourceVersion, this.#position);
    if (stale && !acceptOlder) return false;
    this.#listing = { acceptOlder: stale, named: new Set() };
    this.#position = resourceVersion;
    this.#own.clear();
    return true;
  };

  #page = (items: readonly unknown[]): void => {
    const { acceptOlder, named } = this.#listing;
    for (const object of items.map(this.#read)) {
      if (object === undefined) continue;
      named.add(objectKeyOf(object));
      this.#notify(acceptOlder ? this.#cache.restore(object) : this.#cache.put(object));
    }
  };

  #complete = (): void => {
    const { acceptOlder, named } = this.#listing;
    this.#notify(this.#cache.retain(named, acceptOlder ? undefined : this.#position));
    this.#listing = { acceptOlder: false, named: new Set() };
    this.synced = true;
    this.#firstList.resolve();
  };

  #event = (event: WatchEvent): void => {
    const version = event.kind === 'own' ? event.resourceVersion : versionOf(event.object);
    if (event.kind === 'own') this.#own.delete(version);
    if (event.kind === 'put') this.#put(event.object);
    if (event.kind === 'gone') this.#notify(this.#cache.remove(rawKey(event.object), version));
    // Events may come out of order: the position never goes back.
    if (version !== '' && isNewer(version, this.#position)) this.#position = version;
  };

  #put(raw: unknown): void {
    const object = this.#read(raw);
    this.#notify(object === undefined ? this.#cache.remove(rawKey(raw), versionOf(raw)) : this.#cache.put(object));
  }

  #read = (raw: unknown): T | undefined => {
    try {
      const object = this.#options.parse(raw, this.#cache.get(rawKey(raw)));
      if (object === undefined) this.#options.report('object-unreadable');
      return object;
    } catch {
      this.#options.report('object-unreadable');
      return undefined;
    }
  };

  /** A handler that throws is a bug, and no reason for the others, or for the cache, to miss anything. */
  #notify(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      for (const handler of this.#handlers) {
        try {
          handler(change);
        } catch (bug) {
          this.#options.report('handler-threw', bug);
        }
      }
    }
  }
}

interface Listing {
  /** Whether the list counts although it is older than what was seen. */
  readonly acceptOlder: boolean;
  readonly named: Set<ObjectKey>;
}

const versionOf = (raw: unknown): string => textOf(fieldOf(fieldOf(raw, 'metadata'), 'resourceVersion')) ?? '';

function rawKey(raw: unknown): ObjectKey {
  const metadata = fieldOf(raw, 'metadata');
  return objectKey(textOf(fieldOf(metadata, 'namespace')) ?? '', textOf(fieldOf(metadata, 'name')) ?? '');
}

/**
 * The objects of one resource. Nothing older ever replaces what is newer, whichever way it arrives: doubled and
 * reordered events, a page of a list that our own write has overtaken. Every method answers what changed.
 */
export class ObjectCache<T extends MetadataObject> {
  readonly #objects = new Map<ObjectKey, T>();

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }

  /** An object that was listed, or that an event added or modified. */
  put(object: T): readonly Change<T>[] {
    const before = this.#objects.get(objectKeyOf(object));
    const version = object.metadata.resourceVersion;
    return before === undefined || isNewer(version, before.metadata.resourceVersion) ? this.#set(object, before) : [];
  }

  /** As `put`, for a cluster that was restored from a backup: its versions count on from an older number. */
  restore(object: T): readonly Change<T>[] {
    const before = this.#objects.get(objectKeyOf(object));
    return before?.metadata.resourceVersion === object.metadata.resourceVersion ? [] : this.#set(object, before);
  }

  /** An object that is gone as of a version: what is newer than that stays. Without a version it goes in any case. */
  remove(key: ObjectKey, asOf: string | undefined): readonly Change<T>[] {
    const before = this.#objects.get(key);
    if (before === undefined || (asOf !== undefined && isNewerThan(before, asOf))) return [];
    this.#objects.delete(key);
    return [{ key, before }];
  }

  /** Ends a complete list of that version: what it did not name is gone, except what is newer than the list. */
  retain(named: ReadonlySet<ObjectKey>, asOf: string | undefined): readonly Change<T>[] {
    return [...this.#objects.keys()].filter(key => !named.has(key)).flatMap(key => this.remove(key, asOf));
  }

  /** The answer to a write of our own. An object of another UID is left to the watch, which knows the order. */
  wrote(object: T): readonly Change<T>[] {
    const before = this.#objects.get(objectKeyOf(object));
    return before !== undefined && before.metadata.uid !== object.metadata.uid ? [] : this.put(object);
  }

  #set(object: T, before: T | undefined): readonly Change<T>[] {
    const key = objectKeyOf(object);
    this.#objects.set(key, object);
    if (before === undefined) return [{ key, after: object }];
    if (before.metadata.uid === object.metadata.uid) return [{ key, before, after: object }];
    // Deleted and made again under the same name: two objects, so two changes.
    return [
      { key, before },
      { key, after: object },
    ];
  }
}

export const objectKeyOf = ({ metadata }: MetadataObject): ObjectKey => objectKey(metadata.namespace, metadata.name);

const isNewerThan = (object: MetadataObject, resourceVersion: string): boolean =>
  object.metadata.resourceVersion !== resourceVersion && !isNewer(resourceVersion, object.metadata.resourceVersion);

/**
 * Whether `a` is a later state than `b`. Within one resource the versions are decimal integers, too long for a number
 * but of one width per magnitude, so that length and then text decide without a BigInt per event.
 * A version of another form cannot be compared: it counts as newer, for a needless reconcile is better than a lost change.
 */
export function isNewer(a: string, b: string): boolean {
  if (a === b) return false;
  if (!isCounter(a) || !isCounter(b)) return true;
  return a.length === b.length ? a > b : a.length > b.length;
}

const isCounter = (version: string): boolean => /^(0|[1-9][0-9]*)$/.test(version);
