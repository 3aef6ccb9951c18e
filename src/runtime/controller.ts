import { setImmediate } from 'node:timers/promises';
import { onAbort, within } from '../async/deadline.ts';
import type { Priority } from '../async/priority.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { type Bug, bugOf } from './bug.ts';
import type { Next, Reconcile, ReconcileRequest } from './reconcile.ts';
import type { QueuedRequest, WorkQueue } from './workqueue.ts';

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Ends at shutdown or when leadership is lost. */
  readonly signal: AbortSignal;
  /** Milliseconds that reconciles under way have, after the signal, to end. */
  readonly drainMs: number;
  readonly onBug: (bug: Bug) => void;
  readonly observer: ReconcileObserver;
}

export type ReconcileOutcome = 'done' | 'failed' | 'panic';

/** What metrics are made of. */
export interface ReconcileObserver {
  /** `waitedMs`: from the moment the key was ready. */
  started(priority: Priority, waitedMs: number): void;
  ended(priority: Priority, tookMs: number, outcome: ReconcileOutcome): void;
}

/** Reconciles each key, as many at once as the queue lets, until the signal ends and those under way have drained. */
export async function runController(options: ControllerOptions): Promise<void> {
  const { queue, signal, timers, drainMs } = options;
  const loop = new WorkerLoop(options);
  queue.onReady(() => loop.fill());
  loop.fill();
  await new Promise<void>(resolve => onAbort(signal, resolve));
  queue.close();
  await within(drainMs, { timers, signal: new AbortController().signal }, () => loop.drain());
  loop.abort();
}

class WorkerLoop {
  readonly #options: ControllerOptions;
  readonly #abort = new AbortController();
  #underWay = 0;
  #filling = false;
  #drained: () => void = () => undefined;
  #yieldedAt = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /** Never within the call: whoever adds a key is in the middle of something. */
  fill(): void {
    if (!this.#filling) void this.#startAll();
  }

  /** Resolves when no reconcile is under way. */
  async drain(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>(resolve => (this.#drained = resolve));
  }

  abort(): void {
    this.#abort.abort();
  }

  async #startAll(): Promise<void> {
    this.#filling = true;
    await this.#yieldToLoop();
    for (let request = this.#next(); request; request = this.#next()) {
      void this.#run(request);
      await this.#yieldToLoop();
    }
    this.#filling = false;
  }

  #next(): QueuedRequest | undefined {
    return this.#options.signal.aborted ? undefined : this.#options.queue.take();
  }

  /** Reconciles that find nothing to do follow each other without a pause: the event loop gets one every few milliseconds. */
  async #yieldToLoop(): Promise<void> {
    if (this.#options.clock.steady() - this.#yieldedAt < 5) return;
    await setImmediate();
    this.#yieldedAt = this.#options.clock.steady();
  }

  async #run(request: QueuedRequest): Promise<void> {
    const { clock, observer, queue } = this.#options;
    const startedAt = clock.steady();
    this.#underWay += 1;
    observer.started(request.priority, startedAt - request.since);
    const { next, outcome } = await this.#attempt({ ...request, signal: this.#abort.signal });
    observer.ended(request.priority, clock.steady() - startedAt, outcome);
    queue.done(request, next);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#drained();
  }

  /** The one place that catches bugs. */
  async #attempt(work: ReconcileRequest): Promise<{ readonly next: Next; readonly outcome: ReconcileOutcome }> {
    const { name, onBug, reconcile } = this.#options;
    try {
      const next = await reconcile(work);
      return { next, outcome: outcomes[next.kind] };
    } catch (thrown) {
      onBug(bugOf(name, work.key, thrown));
      return { next: { kind: 'backoff', pace: 'short' }, outcome: 'panic' };
    }
  }
}

const outcomes = {
  'on-change': 'done',
  at: 'done',
  backoff: 'failed',
  'retry-at': 'failed',
} as const satisfies Record<Next['kind'], ReconcileOutcome>;
