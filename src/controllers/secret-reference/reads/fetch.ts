import { onAbort } from '../../../async/deadline.ts';
import { tooLarge } from '../../../core/fault.ts';
import { collect, failed, ok, type Result } from '../../../core/result.ts';
import { previousVersion, type RemoteValue } from '../../../providers/provider.ts';
import type { ReadWant, RemoteReader } from '../../../remote/ports.ts';
import type { ReconcileRequest } from '../../../runtime/reconcile.ts';
import type { Answer } from '../nouns/desired.ts';
import type { PlannedRead } from '../nouns/observed.ts';

/** What of a plan has to be fetched. */
interface ReadPlan {
  readonly reads: readonly PlannedRead[];
  readonly keepsVersions: boolean;
  /** Steady milliseconds. */
  readonly notBefore: number;
}

/** Of one reference: what is read is held until its Secret is written. */
const mostHeldMiB = 16;
const mostHeld = mostHeldMiB * 1024 * 1024;

/** All reads at once. A proved absence is an answer; the first other fault ends the whole, so that nothing is half new. */
export async function fetchAll(
  plan: ReadPlan,
  namespace: string,
  remote: Pick<RemoteReader, 'read'>,
  work: Pick<ReconcileRequest, 'priority' | 'readSignal'>,
): Promise<Result<readonly Answer[]>> {
  // By hand: of `AbortSignal.any` weak references stay for the garbage collector, some for each reconcile.
  const others = new AbortController();
  const forget = onAbort(work.readSignal, () => others.abort());
  const want = { notBefore: plan.notBefore, priority: work.priority, signal: others.signal };
  let first: Result<Answer> | undefined;
  let held = 0;
  const answers = await Promise.all(
    plan.reads.map(async read => {
      const fetched = await fetchOne(read, plan.keepsVersions, namespace, remote, want);
      held += sizeOf(fetched);
      const answer = held > mostHeld ? failed(tooMuch) : fetched;
      if (!answer.ok && first === undefined) {
        first = answer;
        others.abort();
      }
      return answer;
    }),
  );
  forget();
  return first !== undefined && !first.ok ? first : collect(answers);
}

const sizeOf = (answer: Result<Answer>): number =>
  answer.ok && answer.value.found.ok ? answer.value.found.value.value.size : 0;

const tooMuch = tooLarge(
  `the remote secrets that it reads have more than ${mostHeldMiB} MiB together, and a Secret holds 1 MiB: read fewer, or smaller ones`,
);

async function fetchOne(
  read: PlannedRead,
  keepsVersions: boolean,
  namespace: string,
  remote: Pick<RemoteReader, 'read'>,
  want: ReadWant,
): Promise<Result<Answer>> {
  const { source, key } = read;
  const moves = read.version === undefined || read.version === previousVersion;
  const pinned = keepsVersions && moves ? read.served : undefined;
  const ask = (version: string | undefined) =>
    remote.read(source.access, namespace, version === undefined ? { key } : { key, version }, want);
  const found = await ask(pinned ?? read.version);
  if (found.ok || found.fault.kind !== 'absent') return answerOf(read, found, false);
  return pinned === undefined ? answerOf(read, found, false) : answerOf(read, await ask(read.version), true);
}

function answerOf(read: PlannedRead, found: Result<RemoteValue>, movedOn: boolean): Result<Answer> {
  if (found.ok) return ok({ read, found, movedOn });
  return found.fault.kind === 'absent' ? ok({ read, found: failed(found.fault), movedOn }) : found;
}
