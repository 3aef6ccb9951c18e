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
  const byName = new Map<string, Set<ObjectKey>>();
  const add = (key: ObjectKey, object: T | undefined) => {
    for (const name of object ? namesOf(object) : []) byName.set(name, (byName.get(name) ?? new Set()).add(key));
  };
  const remove = (key: ObjectKey, object: T | undefined) => {
    for (const name of object ? namesOf(object) : []) {
      const keys = byName.get(name);
      keys?.delete(key);
      if (keys?.size === 0) byName.delete(name);
    }
  };
  for (const object of informer.values()) add(objectKeyOf(object), object);
  informer.onChange(({ key, before, after }) => {
    remove(key, before);
    add(key, after);
  });
  return { keys: name => [...(byName.get(name) ?? [])] };
}
