import type { Clock } from '../core/clock.ts';
import { type ObjectKey, objectKey } from '../core/object-key.ts';
import { keyOf, ObjectCache } from './cache.ts';
import { type FeedSource, type FeedTiming, type FeedTrouble, runFeed, type WatchEvent } from './feed.ts';
import { fieldOf, textOf } from './json.ts';
import type { Change, MetadataObject, Reflector } from './port.ts';
import { isNewer } from './resource-version.ts';

export interface ReflectorOptions<T extends MetadataObject> {
  readonly source: FeedSource;
  readonly timing: FeedTiming;
  readonly clock: Clock;
  readonly random: () => number;
  /** Undefined for an object that cannot be read: it is kept out, as if it were not there. `before`: as it was known. */
  readonly parse: (raw: unknown, before: T | undefined) => T | undefined;
  /** For a counter and a log line; `bug` is what a handler threw. */
  readonly report: (trouble: ReflectorTrouble, bug?: unknown) => void;
}

export type ReflectorTrouble = FeedTrouble | 'object-unreadable' | 'handler-threw';

export function createReflector<T extends MetadataObject>(options: ReflectorOptions<T>): Reflector<T> {
  return new CachingReflector(options);
}

class CachingReflector<T extends MetadataObject> implements Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #cache = new ObjectCache<T>();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #firstList = Promise.withResolvers<void>();
  /** The newest version that a list, an event or a bookmark has shown. */
  #position = '';
  #listing: Listing = { believe: false, named: new Set() };
  /** Versions that writes of our own made, whose events have not come yet. */
  readonly #own = new Set<string>();
  synced = false;

  constructor(options: ReflectorOptions<T>) {
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
    return runFeed({ ...this.#options, sink }, signal);
  }

  wrote(object: T): void {
    const { resourceVersion } = object.metadata;
    // What the watch has passed may have been deleted since: it would come back to life here.
    if (!isNewer(resourceVersion, this.#position)) return;
    const changes = this.#cache.wrote(object);
    if (changes.length > 0) this.#own.add(resourceVersion);
    this.#tell(changes);
  }

  #begin = (resourceVersion: string, believe: boolean): boolean => {
    const stale = resourceVersion !== this.#position && !isNewer(resourceVersion, this.#position);
    if (stale && !believe) return false;
    this.#listing = { believe: stale, named: new Set() };
    this.#position = resourceVersion;
    this.#own.clear();
    return true;
  };

  #page = (items: readonly unknown[]): void => {
    const { believe, named } = this.#listing;
    for (const object of items.map(this.#read)) {
      if (object === undefined) continue;
      named.add(keyOf(object));
      this.#tell(believe ? this.#cache.restore(object) : this.#cache.put(object));
    }
  };

  #complete = (): void => {
    const { believe, named } = this.#listing;
    this.#tell(this.#cache.retain(named, believe ? undefined : this.#position));
    this.#listing = { believe: false, named: new Set() };
    this.synced = true;
    this.#firstList.resolve();
  };

  #event = (event: WatchEvent): void => {
    const version = event.kind === 'own' ? event.resourceVersion : versionOf(event.object);
    if (event.kind === 'own') this.#own.delete(version);
    if (event.kind === 'put') this.#put(event.object);
    if (event.kind === 'gone') this.#tell(this.#cache.remove(rawKey(event.object), version));
    // Events may come out of order: the position never goes back.
    if (version !== '' && isNewer(version, this.#position)) this.#position = version;
  };

  #put(raw: unknown): void {
    const object = this.#read(raw);
    this.#tell(object === undefined ? this.#cache.remove(rawKey(raw), versionOf(raw)) : this.#cache.put(object));
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
  #tell(changes: readonly Change<T>[]): void {
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
  readonly believe: boolean;
  readonly named: Set<ObjectKey>;
}

const versionOf = (raw: unknown): string => textOf(fieldOf(fieldOf(raw, 'metadata'), 'resourceVersion')) ?? '';

function rawKey(raw: unknown): ObjectKey {
  const metadata = fieldOf(raw, 'metadata');
  return objectKey(textOf(fieldOf(metadata, 'namespace')) ?? '', textOf(fieldOf(metadata, 'name')) ?? '');
}
