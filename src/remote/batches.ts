import type { Timers } from '../async/timers.ts';
import { failed, type Result } from '../core/result.ts';
import type { BatchRules, ReadRequest, RemoteValue } from '../providers/provider.ts';
import { Batch } from './batch.ts';
import type { Errand, StoreCalls } from './store-calls.ts';

/** Milliseconds that a batch waits for company: a rotation hardly at all, while nobody waits for a refresh. */
const gatherMs = { rotation: 5, edit: 10, refresh: 25 } as const;

/**
 * Reads of one namespace by one session that leave together in one call of the store:
 *
 *   read 1 ──┬─ read 2 ──┬─ … ──┬─ full, or gathered ── waits for a slot ──┬─ the store is asked
 *            └───────────┴──────┴─────── until full, more may join ────────┘
 */
export class Batches {
  readonly #calls: StoreCalls;
  readonly #timers: Timers;
  readonly #open = new Map<string, Batch>();

  constructor(calls: StoreCalls, timers: Timers) {
    this.#calls = calls;
    this.#timers = timers;
  }

  async read(errand: Errand, request: ReadRequest, { size }: BatchRules): Promise<Result<RemoteValue>> {
    const refused = this.#calls.refusal(errand);
    if (refused) return failed(refused);
    const batch = this.#open.get(nameOf(errand)) ?? this.#begin(errand);
    const answer = batch.add(errand, request);
    if (batch.size >= size) this.#complete(errand, batch);
    return answer;
  }

  #begin(errand: Errand): Batch {
    const { lane } = errand.flight;
    const batch = new Batch(lane);
    this.#open.set(nameOf(errand), batch);
    const enough = this.#timers.after(gatherMs[lane], () => batch.gathered.resolve());
    void batch.gathered.promise.then(() => {
      enough();
      return this.#send(errand, batch);
    });
    return batch;
  }

  async #send(errand: Errand, batch: Batch): Promise<void> {
    const started = (): void => {
      this.#complete(errand, batch);
      batch.start();
    };
    try {
      batch.settle(await this.#calls.make({ ...errand, flight: batch, started }, batch.question, batch.faultIn));
    } catch (thrown) {
      batch.fail(thrown);
    } finally {
      this.#complete(errand, batch);
    }
  }

  /** Nobody joins any more. */
  #complete(errand: Errand, batch: Batch): void {
    if (this.#open.get(nameOf(errand)) === batch) this.#open.delete(nameOf(errand));
    batch.gathered.resolve();
  }
}

/** Of a login that namespaces share, each has batches of its own: a key that spoils one is nobody else's trouble. */
const nameOf = ({ session, namespace }: Errand): string => `${namespace}/${session.identity.sessionKey}`;
