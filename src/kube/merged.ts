import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Change, MetadataObject, Reflector } from './port.ts';

/** One view of reflectors that watch a namespace each. Without any it is empty, and in sync. */
export function mergeReflectors<T extends MetadataObject>(
  byNamespace: ReadonlyMap<string, Reflector<T>>,
): Reflector<T> {
  const all = [...byNamespace.values()];
  const of = (namespace: string): Reflector<T> | undefined => byNamespace.get(namespace);
  return {
    get: (key: ObjectKey) => of(splitKey(key).namespace)?.get(key),
    *values() {
      for (const reflector of all) yield* reflector.values();
    },
    get size() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get synced() {
      return all.every(({ synced }) => synced);
    },
    onChange: (handler: (change: Change<T>) => void) => {
      for (const reflector of all) reflector.onChange(handler);
    },
    wrote: object => of(object.metadata.namespace)?.wrote(object),
    run: async signal => void (await Promise.all(all.map(reflector => reflector.run(signal)))),
    whenSynced: async () => void (await Promise.all(all.map(reflector => reflector.whenSynced()))),
  };
}
