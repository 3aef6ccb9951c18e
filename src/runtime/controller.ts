import { setImmediate } from 'node:timers/promises';
import { onAbort, within } from '../async/deadline.ts';
import { type Priority, priorities } from '../async/priority.ts';
import type { Semaphore } from '../async/semaphore.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { type Bug, bugOf } from './bug.ts';
import type { Next, Reconcile } from './reconcile.ts';
import { RunningReconcile } from './running-reconcile.ts';
import type { QueuedRequest, WorkQueue } from './workqueue.ts';

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly queue: WorkQueue;
  /** For reconciles of all controllers. Nearly all of them wait for a store or the API server, so there are many. */
  readonly slots: Semaphore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Ends at shutdown or when leadership is lost. */
  readonly signal: AbortSignal;
  /** Milliseconds that reconciles under way have, after the signal, to end. */
  readonly drainMs: number;
  readonly onBug: (bug: Bug) => void;
  readonly observer: ReconcileObserver;
}

/** `at-capacity`: it ended at once, because too many others are under way with the same source. */
export type ReconcileOutcome = 'done' | 'failed' | 'at-capacity' | 'panic';

/** What metrics are made of. */
export interface ReconcileObserver {
  /** `waitedMs`: from the moment the key was ready. */
  started(priority: Priority, waitedMs: number): void;
  ended(priority: Priority, tookMs: number, outcome: ReconcileOutcome): void;
}

/** Reconciles each key, as many at once as there are slots, until the signal ends and those under way have drained. */
export async function runController(options: ControllerOptions): Promise<void> {
  const { queue, signal, timers, drainMs } = options;
  const loop = new WorkerLoop(options);
  queue.onReady(priority => loop.ask(priority));
  for (const priority of priorities) loop.ask(priority);
  await new Promise<void>(resolve => onAbort(signal, resolve));
  queue.close();
  await within(drainMs, { timers, signal: new AbortController().signal }, () => loop.drain());
  loop.abort();
}

class WorkerLoop {
  readonly #options: ControllerOptions;
  readonly #asking = new Set<Priority>();
  readonly #abort = new AbortController();
  #underWay = 0;
  #drained: () => void = () => undefined;
  #yieldedAt = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /**
   * Asks for a slot if the priority has a key for it: one request a priority, not one a key, so that ten thousand ready keys
   * cost nothing, and a key that was promoted meanwhile is simply taken by the request of the other priority.
   */
  ask(priority: Priority): void {
    const { queue, signal } = this.#options;
    if (signal.aborted || this.#asking.has(priority) || queue.depth(priority) === 0) return;
    this.#asking.add(priority);
    void this.#start(priority);
  }

  /** Resolves when no reconcile is under way. */
  async drain(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>(resolve => (this.#drained = resolve));
  }

  abort(): void {
    this.#abort.abort();
  }

  async #start(priority: Priority): Promise<void> {
    const { queue, signal, slots } = this.#options;
    const release = await slots.acquire({ priority, group: '', signal });
    await this.#yieldToLoop();
    this.#asking.delete(priority);
    if (!release) return;
    const request = signal.aborted ? undefined : queue.take(priority);
    if (!request) return release();
    this.ask(priority);
    await this.#run(request);
    release();
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
    const work = new RunningReconcile(request, this.#abort.signal);
    this.#underWay += 1;
    observer.started(request.priority, startedAt - request.since);
    const { next, outcome } = await this.#attempt(work);
    observer.ended(request.priority, clock.steady() - startedAt, outcome);
    work.end();
    queue.done(request, next);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#drained();
  }

  /** The one place that catches bugs. */
  async #attempt(work: RunningReconcile): Promise<{ readonly next: Next; readonly outcome: ReconcileOutcome }> {
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
  'at-capacity': 'at-capacity',
} as const satisfies Record<Next['kind'], ReconcileOutcome>;
