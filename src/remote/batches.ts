import type { Timers } from '../async/timers.ts';
import { failed, type Result } from '../core/result.ts';
import type { BatchRules, ReadRequest, RemoteValue } from '../providers/provider.ts';
import { Batch } from './batch.ts';
import type { StoreCalls, StoreRequest } from './store-calls.ts';

/** Milliseconds that a batch waits for company: a rotation hardly at all, while nobody waits for a refresh. */
const gatherMs = { high: 5, normal: 10, low: 25 } as const;

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

  async read(storeRequest: StoreRequest, request: ReadRequest, { size }: BatchRules): Promise<Result<RemoteValue>> {
    const refused = this.#calls.refusal(storeRequest);
    if (refused) return failed(refused);
    const batch = this.#open.get(nameOf(storeRequest)) ?? this.#begin(storeRequest);
    const answer = batch.add(storeRequest, request);
    if (batch.size >= size) this.#complete(storeRequest, batch);
    return answer;
  }

  #begin(storeRequest: StoreRequest): Batch {
    const { priority } = storeRequest.inFlight;
    const batch = new Batch(priority);
    this.#open.set(nameOf(storeRequest), batch);
    const enough = this.#timers.after(gatherMs[priority], () => batch.gathered.resolve());
    void batch.gathered.promise.then(() => {
      enough();
      return this.#send(storeRequest, batch);
    });
    return batch;
  }

  async #send(storeRequest: StoreRequest, batch: Batch): Promise<void> {
    const started = (): void => {
      this.#complete(storeRequest, batch);
      batch.start();
    };
    try {
      batch.settle(
        await this.#calls.make({ ...storeRequest, inFlight: batch, started }, batch.question, batch.faultIn),
      );
    } catch (thrown) {
      batch.fail(thrown);
    } finally {
      this.#complete(storeRequest, batch);
    }
  }

  /** Nobody joins any more. */
  #complete(storeRequest: StoreRequest, batch: Batch): void {
    if (this.#open.get(nameOf(storeRequest)) === batch) this.#open.delete(nameOf(storeRequest));
    batch.gathered.resolve();
  }
}

/** Of a login that namespaces share, each has batches of its own: a key that spoils one is nobody else's trouble. */
const nameOf = ({ session, namespace }: StoreRequest): string => `${namespace}/${session.identity.sessionKey}`;
