import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import { servedId } from '../../../api/secret-reference/served.ts';
import { andThen, collect, failed, flatMap, mapOk, ok, type Result } from '../../../core/result.ts';
import type { RemoteReader } from '../../../remote/ports.ts';
import type { ReconcileRequest } from '../../../runtime/reconcile.ts';
import type { AllAnswers, Answer } from '../nouns/desired.ts';
import type { Observed, PlannedRead, PlannedSearch, WantedEntry } from '../nouns/observed.ts';
import type { SyncPlan } from '../nouns/planned.ts';
import type { Ports } from '../ports.ts';
import { fetchAll } from './fetch.ts';
import { plannedReads } from './planned-read.ts';
import { sandboxTurn } from './sandbox-turn.ts';
import { nothingFound, search } from './search.ts';
import { sourceNameOf, tooManyToKeep } from './served.ts';

/** Searches first, where there are any; then all reads at once. */
export async function readAll(
  observed: Observed,
  plan: SyncPlan,
  ports: Pick<Ports, 'clock' | 'caches' | 'sandbox'> & { readonly remote: Pick<RemoteReader, 'read' | 'list'> },
  work: Pick<ReconcileRequest, 'priority' | 'readSignal'>,
): Promise<Result<AllAnswers>> {
  const { reference, namespace } = observed;
  const { clock, remote } = ports;
  const answersTo = (reads: readonly PlannedRead[]) => fetchAll({ ...plan, reads }, namespace.name, remote, work);
  if (plan.searches.length === 0) return mapOk(await answersTo(plan.reads), answers => ({ answers, leftOut: [] }));
  const { priority } = work;
  const context = { ...sandboxTurn(observed, ports, work), notBefore: plan.notBefore, priority, clock };
  const found = collect(await Promise.all(plan.searches.map(each => search(each, namespace, remote, context))));
  if (!found.ok) return found;
  const all = found.value.flatMap(({ entries }) => entries);
  const leftOut = found.value.flatMap(each => each.leftOut);
  const taken = plan.repair ? all.filter(wasServed(reference)) : all;
  const named = plan.reads.flatMap(({ entries }) => entries);
  const reads = flatMap(plannedReads([...named, ...taken], reference, namespace), thatCanBeKept);
  return andThen(reads, async value =>
    flatMap(await answersTo(value), answers => {
      const inVain = plan.searches.find(wish => !wish.optional && !answers.some(answer => isFoundBy(wish, answer)));
      return inVain ? failed(nothingFound(inVain)) : ok({ answers, leftOut });
    }),
  );
}

function thatCanBeKept(reads: readonly PlannedRead[]): Result<readonly PlannedRead[]> {
  const tooMany = tooManyToKeep(reads);
  return tooMany === undefined ? ok(reads) : failed(tooMany);
}

/** A repair adds no key that the store has got since. */
function wasServed({ status }: SecretReference): (entry: WantedEntry) => boolean {
  const served = new Set((status?.remote ?? []).map(servedId));
  return ({ source, key }) =>
    source.ok && served.has(servedId({ source: sourceNameOf({ source: source.value }), key }));
}

const isFoundBy = ({ origin }: PlannedSearch, { read, found }: Answer): boolean =>
  found.ok && read.entries.some(entry => entry.origin.list === origin.list && entry.origin.index === origin.index);
