import { type Consumers, maxCounts } from '../../../api/secret-reference/served.ts';
import { type CountedSecret, type ReadRevision, revisionRead } from '../../../core/pod-revisions.ts';
import type { AlikePods } from '../pods-in-use.ts';

/** What a look at the pods of the namespace gave: nobody asked, nobody may ask, or who reads what. */
export type Readers = 'not-asked' | 'forbidden' | readonly AlikePods[];

/** Pods of one owner that read something else than the present revision, or may hold something else. */
export interface Blocker extends ReadRevision {
  readonly owner: string;
  readonly pods: number;
}

/** Who reads the Secret of a reference, by revision. */
export interface CountedReaders {
  readonly consumers: Consumers;
  readonly blockers: readonly Blocker[];
}

/** One pod counts for each revision that it reads. */
export function countReaders(groups: readonly AlikePods[], counted: CountedSecret): CountedReaders {
  const all = new Map<string, Blocker>();
  for (const group of groups) for (const each of readsOfEach(group, counted)) add(all, each, group.owner);
  const readers = [...all.values()];
  return {
    consumers: byRevision(readers),
    blockers: readers.filter(({ revision, orOlder }) => orOlder || revision !== counted.revision),
  };
}

function readsOfEach({ reads, startedAt }: AlikePods, counted: CountedSecret): readonly ReadRevision[] {
  const own = reads.filter(read => revisionRead(read, undefined, counted) !== undefined);
  if (own.length === 0) return [];
  return startedAt.flatMap(start => {
    const found = own.flatMap(read => revisionRead(read, start, counted) ?? []);
    return [...new Map(found.map(each => [idOf(each), each])).values()];
  });
}

const idOf = ({ revision, orOlder }: ReadRevision): string => `${revision} ${orOlder}`;

function add(all: Map<string, Blocker>, read: ReadRevision, owner: string): void {
  const id = `${idOf(read)} ${owner}`;
  all.set(id, { ...read, owner, pods: (all.get(id)?.pods ?? 0) + 1 });
}

function byRevision(readers: readonly Blocker[]): Consumers {
  return [...Map.groupBy(readers, idOf).values()]
    .flatMap(([first, ...others]) => {
      if (first?.revision === undefined) return [];
      const { revision, orOlder } = first;
      const pods = others.reduce((sum, each) => sum + each.pods, first.pods);
      return [{ revision, pods, ...(orOlder ? { orOlder } : {}) }];
    })
    .toSorted((a, b) => b.revision - a.revision || Number(a.orOlder ?? false) - Number(b.orOlder ?? false))
    .slice(0, maxCounts);
}
