import { setImmediate } from 'node:timers/promises';
import { onAbort, within } from '../async/deadline.ts';
import { type Lane, lanes } from '../async/priority.ts';
import type { Release, Slots } from '../async/semaphore.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { type Bug, bugOf } from './bug.ts';
import type { Next, Reconcile } from './reconcile.ts';
import { RunningTurn } from './running-reconcile.ts';
import type { Turn, WorkQueue } from './workqueue.ts';

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly queue: WorkQueue;
  /** The API server's, shared by all controllers. */
  readonly slots: Slots;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Ends at shutdown or when leadership is lost. */
  readonly signal: AbortSignal;
  /** Milliseconds that turns under way have, after the signal, to end. */
  readonly drainMs: number;
  readonly onBug: (bug: Bug) => void;
  readonly observer: TurnObserver;
}

/** `in-line`: it ended at once, because too many others are under way with the same source. */
export type TurnOutcome = 'done' | 'failed' | 'in-line' | 'bug';

/** What metrics are made of. */
export interface TurnObserver {
  /** `waitedMs`: from the moment the key was ready. */
  started(lane: Lane, waitedMs: number): void;
  ended(lane: Lane, tookMs: number, outcome: TurnOutcome): void;
}

/** Gives each key its turn, as many at once as there are API slots, until the signal ends and the turns have drained. */
export async function runController(options: ControllerOptions): Promise<void> {
  const { queue, signal, timers, drainMs } = options;
  const turns = new Turns(options);
  queue.onReady(lane => turns.ask(lane));
  for (const lane of lanes) turns.ask(lane);
  await new Promise<void>(resolve => onAbort(signal, resolve));
  queue.close();
  await within(drainMs, { timers, signal: new AbortController().signal }, () => turns.drain());
  turns.abort();
}

class Turns {
  readonly #options: ControllerOptions;
  readonly #asking = new Set<Lane>();
  readonly #underWay = new Set<RunningTurn>();
  #drained: () => void = () => undefined;
  #breathedAt = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  /**
   * Asks for a slot if the lane has a key for it: one request a lane, not one a key, so that ten thousand ready keys
   * cost nothing, and a key whose lane was raised meanwhile is simply taken by the other lane's request.
   */
  ask(lane: Lane): void {
    const { queue, signal } = this.#options;
    if (signal.aborted || this.#asking.has(lane) || queue.depth(lane) === 0) return;
    this.#asking.add(lane);
    void this.#start(lane);
  }

  /** Resolves when no turn is under way. */
  async drain(): Promise<void> {
    for (const turn of this.#underWay) turn.stop();
    if (this.#underWay.size > 0) await new Promise<void>(resolve => (this.#drained = resolve));
  }

  abort(): void {
    for (const turn of this.#underWay) turn.abort();
  }

  async #start(lane: Lane): Promise<void> {
    const { queue, signal, slots } = this.#options;
    const release = await slots.acquire({ lane, group: '', signal });
    await this.#breathe();
    this.#asking.delete(lane);
    if (!release) return;
    const turn = signal.aborted ? undefined : queue.take(lane);
    if (!turn) return release();
    this.ask(lane);
    await this.#run(turn, release);
  }

  /** Turns that find nothing to do follow each other without a pause: the event loop gets one every few milliseconds. */
  async #breathe(): Promise<void> {
    if (this.#options.clock.steady() - this.#breathedAt < 5) return;
    await setImmediate();
    this.#breathedAt = this.#options.clock.steady();
  }

  async #run(turn: Turn, release: Release): Promise<void> {
    const { clock, observer, queue, slots } = this.#options;
    const startedAt = clock.steady();
    const work = new RunningTurn(turn, slots, release);
    this.#underWay.add(work);
    observer.started(turn.lane, startedAt - turn.since);
    const { next, outcome } = await this.#attempt(work);
    observer.ended(turn.lane, clock.steady() - startedAt, outcome);
    work.end();
    queue.done(turn, next);
    this.#underWay.delete(work);
    if (this.#underWay.size === 0) this.#drained();
  }

  /** The one place that catches bugs. */
  async #attempt(work: RunningTurn): Promise<{ readonly next: Next; readonly outcome: TurnOutcome }> {
    const { name, onBug, reconcile } = this.#options;
    try {
      const next = await reconcile(work);
      return { next, outcome: outcomes[next.kind] };
    } catch (thrown) {
      onBug(bugOf(name, work.key, thrown));
      return { next: { kind: 'backoff', pace: 'short' }, outcome: 'bug' };
    }
  }
}

const outcomes = {
  'on-change': 'done',
  at: 'done',
  backoff: 'failed',
  'retry-at': 'failed',
  'in-line': 'in-line',
} as const satisfies Record<Next['kind'], TurnOutcome>;
