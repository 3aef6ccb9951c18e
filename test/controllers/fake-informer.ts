import type { ObjectKey } from '../../src/core/object-key.ts';
import type { Change, Informer, MetadataObject } from '../../src/kube/api.ts';
import { ObjectCache } from '../../src/kube/informer.ts';

/** The real cache without a watch: it shows what it is given, and notifies its handlers. */
export class FakeInformer<T extends MetadataObject> implements Informer<T> {
  readonly #parse: (raw: unknown) => T | undefined;
  readonly #cache = new ObjectCache<T>();
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly synced = true;

  constructor(parse: (raw: unknown) => T | undefined) {
    this.#parse = parse;
  }

  get = (key: ObjectKey): T | undefined => this.#cache.get(key);
  values = (): Iterable<T> => this.#cache.values();
  onChange = (handler: (change: Change<T>) => void): void => void this.#handlers.push(handler);
  run = async (): Promise<void> => undefined;
  whenSynced = async (): Promise<void> => undefined;

  get size(): number {
    return this.#cache.size;
  }

  /** As an event ADDED or MODIFIED. */
  put(raw: unknown): void {
    this.#notify(this.#cache.put(this.#read(raw)));
  }

  /** As DELETED. */
  remove(key: ObjectKey): void {
    this.#notify(this.#cache.remove(key, undefined));
  }

  wrote(object: T): void {
    this.#notify(this.#cache.wrote(object));
  }

  #read(raw: unknown): T {
    const object = this.#parse(raw);
    if (object === undefined) throw new Error('no readable object');
    return object;
  }

  #notify(changes: readonly Change<T>[]): void {
    for (const change of changes) for (const handler of this.#handlers) handler(change);
  }
}
