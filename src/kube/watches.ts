import { onAbort } from '../async/deadline.ts';
import type { MetadataObject, Reflector, Resource } from './port.ts';

/** What is watched where; without a namespace: in the whole cluster. */
export interface Place {
  /** As logs and metrics name it: of Secrets there are several views. */
  readonly resource: string;
  readonly of: Resource;
  readonly namespace?: string;
}

type Run = Pick<Reflector<MetadataObject>, 'run' | 'synced' | 'whenSynced'>;

/**
 * All watches of the operator: when they run, and when they have seen enough to decide on. Of a single namespace `last`
 * runs when the others of it are in sync, so that nothing is decided on half a view. A namespace that refuses a list (it
 * is gone, and its Roles with it) holds up nobody else: it is as if it were empty, and comes back by itself.
 */
export class Watches {
  readonly #groups = new Map<string, Group>();

  add({ resource, namespace = '' }: Place, run: Run, last = false): void {
    const group = this.#groups.get(namespace) ?? newGroup(namespace);
    this.#groups.set(namespace, group);
    (last && namespace !== '' ? group.last : group.first).push({ resource, run });
  }

  /** A list was refused. */
  refused({ namespace = '' }: Place): void {
    const group = this.#groups.get(namespace);
    if (namespace === '' || group === undefined) return;
    group.isRefused = true;
    group.refused.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#groups.values()].map(group => runGroup(group, signal)));
  }

  async whenSynced(): Promise<void> {
    const seen = ({ first, last, refused }: Group) => Promise.race([inSync([...first, ...last]), refused.promise]);
    await Promise.all([...this.#groups.values()].map(seen));
  }

  /** What is still waited for, as a reader knows it. */
  unsynced(): readonly string[] {
    return [...this.#groups.values()].filter(({ isRefused }) => !isRefused).flatMap(unsyncedIn);
  }
}

interface Group {
  readonly namespace: string;
  readonly first: Watch[];
  readonly last: Watch[];
  readonly refused: PromiseWithResolvers<void>;
  isRefused: boolean;
}
interface Watch {
  readonly resource: string;
  readonly run: Run;
}

const newGroup = (namespace: string): Group => ({
  namespace,
  first: [],
  last: [],
  refused: Promise.withResolvers<void>(),
  isRefused: false,
});

async function runGroup({ first, last }: Group, signal: AbortSignal): Promise<void> {
  const ended = new Promise<void>(resolve => void onAbort(signal, resolve));
  const ready = Promise.race([inSync(first), ended]);
  const runs = first.map(({ run }) => run.run(signal));
  await Promise.all([...runs, ...last.map(({ run }) => ready.then(() => run.run(signal)))]);
}

async function inSync(watches: readonly Watch[]): Promise<void> {
  await Promise.all(watches.map(({ run }) => run.whenSynced()));
}

const unsyncedIn = ({ namespace, first, last }: Group): readonly string[] =>
  [...first, ...last]
    .filter(({ run }) => !run.synced)
    .map(({ resource }) => (namespace === '' ? resource : `${resource} in ${namespace}`));
