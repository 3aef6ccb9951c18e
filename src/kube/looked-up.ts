import { onAbort } from '../async/deadline.ts';
import type { ObjectKey } from '../core/object-key.ts';
import { ObjectCache } from './cache.ts';
import type { MetadataObject, Reflector } from './port.ts';

/** Objects that nobody watches: known from the last look at each, and from our own writes. */
export interface LookedUp extends Reflector<MetadataObject> {
  /** What a look at this key has found; undefined: nothing. */
  saw(key: ObjectKey, object: MetadataObject | undefined): void;
}

/** `wanted` as a watch would select them: others are as if they were not there. */
export function lookedUp(wanted: (object: MetadataObject) => boolean): LookedUp {
  const cache = new ObjectCache<MetadataObject>();
  return {
    get: key => cache.get(key),
    values: () => cache.values(),
    get size() {
      return cache.size;
    },
    synced: true,
    // Nothing changes but by the looks and writes of a turn, which knows of them.
    onChange: () => undefined,
    wrote: object => void (wanted(object) && cache.restore(object)),
    saw: (key, object) => void (object && wanted(object) ? cache.restore(object) : cache.remove(key, undefined)),
    run: signal => new Promise(resolve => void onAbort(signal, resolve)),
    whenSynced: async () => undefined,
  };
}
