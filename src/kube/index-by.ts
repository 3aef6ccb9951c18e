import type { ObjectKey } from '../core/object-key.ts';
import type { Informer, MetadataObject } from './api.ts';
import { objectKeyOf } from './informer.ts';

export interface Index {
  /** The objects that go by this name, in no particular order. */
  keys(name: string): readonly ObjectKey[];
}

/**
 * Finds objects by something they say: the references of a source, the target of an owner. Made before the handlers
 * that use it, because handlers are called in the order in which they came.
 */
export function indexBy<T extends MetadataObject>(
  informer: Pick<Informer<T>, 'onChange' | 'values'>,
  namesOf: (object: T) => readonly string[],
): Index {
  const byName = new KeysByName();
  const add = (key: ObjectKey, names: readonly string[]) => {
    for (const name of names) byName.add(name, key);
  };
  for (const object of informer.values()) add(objectKeyOf(object), namesOf(object));
  informer.onChange(({ key, before, after }) => {
    const was = before === undefined ? [] : namesOf(before);
    const is = after === undefined ? [] : namesOf(after);
    // Nearly all changes are of a status: a set of thousands of keys is left alone.
    if (was.length === is.length && was.every((name, at) => name === is[at])) return;
    for (const name of was) byName.remove(name, key);
    add(key, is);
  });
  return byName;
}

/** Most names have one key, and a Set of one takes 160 bytes, so it begins with the second. */
class KeysByName implements Index {
  readonly #keys = new Map<string, ObjectKey | Set<ObjectKey>>();

  keys(name: string): readonly ObjectKey[] {
    const keys = this.#keys.get(name);
    if (keys === undefined) return [];
    return keys instanceof Set ? [...keys] : [keys];
  }

  add(name: string, key: ObjectKey): void {
    const keys = this.#keys.get(name);
    if (keys instanceof Set) keys.add(key);
    else this.#keys.set(name, keys === undefined || keys === key ? key : new Set([keys, key]));
  }

  remove(name: string, key: ObjectKey): void {
    const keys = this.#keys.get(name);
    if (keys instanceof Set) keys.delete(key);
    if (keys === key || (keys instanceof Set && keys.size === 0)) this.#keys.delete(name);
  }
}
