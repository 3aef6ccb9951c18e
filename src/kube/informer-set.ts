import { onAbort } from '../async/deadline.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Change, Informer, MetadataObject, Resource } from './api.ts';
import { ObjectCache } from './informer.ts';

/** What is watched where; without a namespace: in the whole cluster. */
export interface WatchedResource {
  /** As logs and metrics name it: of Secrets there are several views. */
  readonly resource: string;
  readonly of: Resource;
  readonly namespace?: string;
}

type Run = Pick<Informer<MetadataObject>, 'run' | 'synced' | 'whenSynced'>;

/**
 * All watches of the operator: when they run, and when they have seen enough to decide on. Of a single namespace `last`
 * runs when the others of it are in sync, so that nothing is decided on half a view. A namespace that refuses a list (it
 * is gone, and its Roles with it) delays no other: it counts as empty, and recovers by itself.
 */
export class InformerSet {
  readonly #groups = new Map<string, NamespaceInformers>();

  add({ resource, namespace = '' }: WatchedResource, run: Run, last = false): void {
    const group = this.#groups.get(namespace) ?? newNamespaceInformers(namespace);
    this.#groups.set(namespace, group);
    (last && namespace !== '' ? group.last : group.first).push({ resource, run });
  }

  /** A list was refused. */
  refused({ namespace = '' }: WatchedResource): void {
    const group = this.#groups.get(namespace);
    if (namespace === '' || group === undefined) return;
    group.isRefused = true;
    group.refused.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#groups.values()].map(group => runNamespace(group, signal)));
  }

  async whenSynced(): Promise<void> {
    const seen = ({ first, last, refused }: NamespaceInformers) =>
      Promise.race([inSync([...first, ...last]), refused.promise]);
    await Promise.all([...this.#groups.values()].map(seen));
  }

  /** What is still waited for, as a reader knows it. */
  unsynced(): readonly string[] {
    return [...this.#groups.values()].filter(({ isRefused }) => !isRefused).flatMap(unsyncedIn);
  }
}

interface NamespaceInformers {
  readonly namespace: string;
  readonly first: NamedInformer[];
  readonly last: NamedInformer[];
  readonly refused: PromiseWithResolvers<void>;
  isRefused: boolean;
}
interface NamedInformer {
  readonly resource: string;
  readonly run: Run;
}

const newNamespaceInformers = (namespace: string): NamespaceInformers => ({
  namespace,
  first: [],
  last: [],
  refused: Promise.withResolvers<void>(),
  isRefused: false,
});

async function runNamespace({ first, last }: NamespaceInformers, signal: AbortSignal): Promise<void> {
  const ended = new Promise<void>(resolve => void onAbort(signal, resolve));
  const ready = Promise.race([inSync(first), ended]);
  const runs = first.map(({ run }) => run.run(signal));
  await Promise.all([...runs, ...last.map(({ run }) => ready.then(() => run.run(signal)))]);
}

async function inSync(watches: readonly NamedInformer[]): Promise<void> {
  await Promise.all(watches.map(({ run }) => run.whenSynced()));
}

const unsyncedIn = ({ namespace, first, last }: NamespaceInformers): readonly string[] =>
  [...first, ...last]
    .filter(({ run }) => !run.synced)
    .map(({ resource }) => (namespace === '' ? resource : `${resource} in ${namespace}`));

/** One view of informers that watch a namespace each. Without any it is empty, and in sync. */
export function mergeInformers<T extends MetadataObject>(byNamespace: ReadonlyMap<string, Informer<T>>): Informer<T> {
  const all = [...byNamespace.values()];
  const of = (namespace: string): Informer<T> | undefined => byNamespace.get(namespace);
  return {
    get: (key: ObjectKey) => of(splitKey(key).namespace)?.get(key),
    *values() {
      for (const informer of all) yield* informer.values();
    },
    get size() {
      return all.reduce((sum, { size }) => sum + size, 0);
    },
    get synced() {
      return all.every(({ synced }) => synced);
    },
    onChange: (handler: (change: Change<T>) => void) => {
      for (const informer of all) informer.onChange(handler);
    },
    wrote: object => of(object.metadata.namespace)?.wrote(object),
    run: async signal => void (await Promise.all(all.map(informer => informer.run(signal)))),
    whenSynced: async () => void (await Promise.all(all.map(informer => informer.whenSynced()))),
  };
}

/** Objects that are not watched: known from the last look at each, and from our own writes. */
export interface PolledInformer extends Informer<MetadataObject> {
  /** What a look at this key has found; undefined: nothing. */
  saw(key: ObjectKey, object: MetadataObject | undefined): void;
}

/** `wanted` as a watch would select them: others are as if they were not there. */
export function polledInformer(wanted: (object: MetadataObject) => boolean): PolledInformer {
  const cache = new ObjectCache<MetadataObject>();
  return {
    get: key => cache.get(key),
    values: () => cache.values(),
    get size() {
      return cache.size;
    },
    synced: true,
    // Nothing changes but by the looks and writes of a reconcile, which knows of them.
    onChange: () => undefined,
    wrote: object => void (wanted(object) && cache.restore(object)),
    saw: (key, object) => void (object && wanted(object) ? cache.restore(object) : cache.remove(key, undefined)),
    run: signal => new Promise(resolve => void onAbort(signal, resolve)),
    whenSynced: async () => undefined,
  };
}
