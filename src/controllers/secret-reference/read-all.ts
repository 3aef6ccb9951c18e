import type { SecretReference } from '../../api/secret-reference.ts';
import { collect, failed, flatMap, mapOk, type Result } from '../../core/result.ts';
import type { RemoteReader } from '../../remote/ports.ts';
import type { Work } from '../../runtime/reconcile.ts';
import type { AllAnswers, Answer } from './desired.ts';
import { fetchAll } from './fetch.ts';
import type { Entry, Observed, WantedEntry } from './observed.ts';
import type { SyncPlan } from './planned.ts';
import type { Ports } from './ports.ts';
import { entriesOf } from './reads/entries.ts';
import { plannedReads } from './reads/planned-read.ts';
import { type Found, nothingFound, search } from './reads/search.ts';
import { servedId, sourceNameOf, tooManyToKeep } from './reads/served.ts';

/** Searches first, where there are any; then all reads at once. */
export async function readAll(
  observed: Observed,
  plan: SyncPlan,
  ports: Pick<Ports, 'clock' | 'references'> & { readonly remote: Pick<RemoteReader, 'read' | 'list'> },
  work: Pick<Work, 'lane' | 'signal' | 'raised'>,
): Promise<Result<AllAnswers>> {
  const { reference, namespace } = observed;
  const { clock, remote } = ports;
  const named = entriesOf(plan.spec);
  if (plan.searches.length === 0) return answersTo(named, [], await fetchAll(plan, namespace.name, remote, work));
  const { lane, raised, signal } = work;
  const turn = {
    notBefore: plan.notBefore,
    lane,
    raised,
    signal,
    clock,
    isWanted: () => isStillWanted(observed, ports),
  };
  const found = collect(await Promise.all(plan.searches.map(each => search(each, namespace, remote, turn))));
  if (!found.ok) return found;
  const all = found.value.flatMap(({ entries }) => entries);
  const leftOut = found.value.flatMap(each => each.leftOut);
  const taken = plan.repair ? all.filter(wasServed(reference)) : all;
  const entries = inOrder(named, taken);
  const wanted = [...plan.reads.flatMap(({ entries }) => entries), ...taken];
  const reads = plannedReads(wanted, reference, namespace);
  if (!reads.ok) return reads;
  const tooMany = tooManyToKeep(reads.value);
  if (tooMany !== undefined) return failed(tooMany);
  const answers = await fetchAll({ ...plan, reads: reads.value }, namespace.name, remote, work);
  return flatMap(answers, value => {
    const needed = plan.searches.filter(({ optional }) => !optional);
    const inVain = needed.find(({ where }) => !value.some(answer => answer.found.ok && isFor(answer, where)));
    return inVain ? failed(nothingFound(inVain)) : answersTo(entries, leftOut, answers);
  });
}

/** Not deleted, and not edited. */
function isStillWanted({ key, reference }: Observed, { references }: Pick<Ports, 'references'>): boolean {
  const { uid, generation, deletionTimestamp } = references.get(key)?.metadata ?? {};
  return uid === reference.metadata.uid && generation === reference.metadata.generation && !deletionTimestamp;
}

/** A repair adds no key that the store has got since. */
function wasServed({ status }: SecretReference): (entry: WantedEntry) => boolean {
  const served = new Set((status?.remote ?? []).map(servedId));
  return ({ source, key }) =>
    source.ok && served.has(servedId({ source: sourceNameOf({ source: source.value }), key }));
}

const isFor = ({ read }: Answer, where: string): boolean =>
  read.entries.some(entry => entry.where.startsWith(`${where}.find`));

const answersTo = (
  entries: readonly Entry[],
  leftOut: Found['leftOut'],
  answers: Result<readonly Answer[]>,
): Result<AllAnswers> => mapOk(answers, value => ({ entries, answers: value, leftOut }));

/** As the spec has them: `dataFrom` in its order, then what is named by itself, which wins. */
function inOrder(named: readonly Entry[], found: readonly WantedEntry[]): readonly Entry[] {
  const rank = ({ where }: Entry): number => Number(/^spec\.dataFrom\[(\d+)\]/.exec(where)?.[1] ?? Number.MAX_VALUE);
  return [...named, ...found].toSorted((a, b) => rank(a) - rank(b));
}
