import type { Priority } from '../async/priority.ts';
import { type Fault, type StoreFault, throttled } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';

/** Leave to ask the store once; handed back with what came of it. */
export interface Permit {
  readonly epoch: number;
  /** The try that an open breaker waits for. Other calls may close it, but do not keep it open for longer. */
  readonly probe: boolean;
}

/** `neutral`: nothing was learnt about the store. */
export type CallOutcome = 'answered' | 'neutral' | StoreFault;

const failuresToOpen = 5;
const firstMs = 1000;
const longestMs = 10_000;
const longestPauseMs = 30_000;

/**
 * Keeps calls from a store that does not answer. Five failures in a row open it, a throttled answer does at once, for
 * as long as the store asked for. Then one call tries; a success closes it. All times are steady milliseconds.
 */
export class CircuitBreaker {
  readonly #random: () => number;
  #epoch = 0;
  #failures = 0;
  #open: Open | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** When it was opened, if it is open. */
  get openSince(): number | undefined {
    return this.#open?.since;
  }

  /** When the next try may happen, if it is open. */
  get halfOpenAt(): number | undefined {
    return this.#open?.until;
  }

  /** What `admit` would refuse with, without taking a try. */
  refusal(priority: Priority, now: number): Fault | undefined {
    const open = this.#open;
    return open && !isProbe(open, now) && !mayRotate(open, priority, now) ? faultNow(open, now) : undefined;
  }

  admit(priority: Priority, now: number): Result<Permit> {
    const refused = this.refusal(priority, now);
    if (refused) return failed(refused);
    const open = this.#open;
    const probe = open !== undefined && isProbe(open, now);
    if (open) this.#open = probe ? { ...open, probing: true, probedAt: now } : { ...open, rotatedAt: now };
    return ok({ epoch: this.#epoch, probe });
  }

  /** For a call that is made whatever this breaker knows. */
  pass(): Permit {
    return { epoch: this.#epoch, probe: false };
  }

  /**
   * Answers how long the store was away, in milliseconds, when this outcome ends that. `enough`: failures in a row that
   * open it.
   */
  report(
    permit: Permit,
    outcome: CallOutcome,
    now: number,
    enough = failuresToOpen,
  ): { readonly awayMs: number } | undefined {
    // What was admitted before the breaker opened or closed says nothing about the store as it is now.
    if (permit.epoch !== this.#epoch) return undefined;
    if (outcome === 'answered') return this.#close(now);
    if (outcome !== 'neutral') this.#failed(outcome, permit, now, enough);
    else if (this.#open && permit.probe) this.#open = { ...this.#open, probing: false };
    return undefined;
  }

  /** Closes it: somebody else knows that the store answers. */
  reset(): void {
    this.#failures = 0;
    if (this.#open) this.#epoch += 1;
    this.#open = undefined;
  }

  #close(now: number): { readonly awayMs: number } | undefined {
    const since = this.#open?.since;
    this.reset();
    return since === undefined ? undefined : { awayMs: now - since };
  }

  #failed(fault: StoreFault, { probe }: Permit, now: number, enough: number): void {
    this.#failures += 1;
    const atOnce = asksForPause(fault);
    const open = this.#open;
    if (open && (probe || atOnce)) this.#open = this.#opened(fault, { ...open, times: open.times + 1 }, now);
    else if (!open && (atOnce || this.#failures >= enough)) {
      this.#epoch += 1;
      this.#open = this.#opened(fault, { since: now, times: 1, probedAt: now, rotatedAt: now }, now);
    }
  }

  #opened(fault: StoreFault, before: Omit<Open, 'fault' | 'until' | 'probing'>, now: number): Open {
    const cap = asksForPause(fault) ? longestPauseMs : longestMs;
    const wait = Math.min(firstMs * 2 ** (before.times - 1), cap) * (0.75 + this.#random() / 4);
    const until = now + (asksForPause(fault) ? (fault.retryAfterMs ?? wait) : wait);
    return { ...before, fault, until, probing: false };
  }
}

interface Open {
  readonly fault: StoreFault;
  readonly since: number;
  /** How often it was opened, the failed probes included. */
  readonly times: number;
  readonly until: number;
  readonly probing: boolean;
  /** When the last probe began, or the failure that opened it came. */
  readonly probedAt: number;
  /** The same of a rotation that tried besides. */
  readonly rotatedAt: number;
}

/** One at a time; but one that hangs must not keep out the next for long. */
const isProbe = ({ until, probing, probedAt }: Open, now: number): boolean =>
  now >= until && (!probing || now >= probedAt + 5000);

/** A rotation, which somebody waits for, may try each second, unless the store asked for a pause. */
const mayRotate = ({ fault, probedAt, rotatedAt }: Open, priority: Priority, now: number): boolean =>
  priority === 'high' && !asksForPause(fault) && now >= Math.max(probedAt, rotatedAt) + 1000;

const faultNow = ({ fault, until }: Open, now: number): Fault =>
  asksForPause(fault) ? throttled(fault.message, Math.max(0, until - now)) : fault;

const asksForPause = (fault: StoreFault) => fault.kind === 'throttled';
