import { type ObjectKey, objectKey } from '../core/object-key.ts';
import type { Change, MetadataObject } from './port.ts';
import { isNewer } from './resource-version.ts';

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
    const before = this.#objects.get(keyOf(object));
    const version = object.metadata.resourceVersion;
    return before === undefined || isNewer(version, before.metadata.resourceVersion) ? this.#set(object, before) : [];
  }

  /** As `put`, for a cluster that was restored from a backup: its versions count on from an older number. */
  restore(object: T): readonly Change<T>[] {
    const before = this.#objects.get(keyOf(object));
    return before?.metadata.resourceVersion === object.metadata.resourceVersion ? [] : this.#set(object, before);
  }

  /** An object that is gone as of a version: what is newer than that stays. Without a version it goes in any case. */
  remove(key: ObjectKey, asOf: string | undefined): readonly Change<T>[] {
    const before = this.#objects.get(key);
    if (before === undefined || (asOf !== undefined && isOvertaken(before, asOf))) return [];
    this.#objects.delete(key);
    return [{ key, before }];
  }

  /** Ends a complete list of that version: what it did not name is gone, except what is newer than the list. */
  retain(named: ReadonlySet<ObjectKey>, asOf: string | undefined): readonly Change<T>[] {
    return [...this.#objects.keys()].filter(key => !named.has(key)).flatMap(key => this.remove(key, asOf));
  }

  /** The answer to a write of our own. An object of another UID is left to the watch, which knows the order. */
  wrote(object: T): readonly Change<T>[] {
    const before = this.#objects.get(keyOf(object));
    return before !== undefined && before.metadata.uid !== object.metadata.uid ? [] : this.put(object);
  }

  #set(object: T, before: T | undefined): readonly Change<T>[] {
    const key = keyOf(object);
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

export const keyOf = ({ metadata }: MetadataObject): ObjectKey => objectKey(metadata.namespace, metadata.name);

const isOvertaken = (object: MetadataObject, resourceVersion: string): boolean =>
  object.metadata.resourceVersion !== resourceVersion && !isNewer(resourceVersion, object.metadata.resourceVersion);
