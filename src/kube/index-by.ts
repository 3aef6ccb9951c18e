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
  const add = (key: ObjectKey, names: readonly string[]) => {
    for (const name of names) byName.set(name, (byName.get(name) ?? new Set()).add(key));
  };
  const remove = (key: ObjectKey, names: readonly string[]) => {
    for (const name of names) {
      const keys = byName.get(name);
      keys?.delete(key);
      if (keys?.size === 0) byName.delete(name);
    }
  };
  for (const object of informer.values()) add(objectKeyOf(object), namesOf(object));
  informer.onChange(({ key, before, after }) => {
    const was = before === undefined ? [] : namesOf(before);
    const is = after === undefined ? [] : namesOf(after);
    // Nearly all changes are of a status: a set of thousands of keys is left alone.
    if (was.length === is.length && was.every((name, at) => name === is[at])) return;
    remove(key, was);
    add(key, is);
  });
  return { keys: name => [...(byName.get(name) ?? [])] };
}
