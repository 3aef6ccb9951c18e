import { type Fault, throttled } from '../core/fault.ts';
import type { Lane } from '../core/lane.ts';
import { failed, ok, type Result } from '../core/result.ts';

export type StoreFault = Extract<Fault, { readonly kind: 'throttled' | 'unavailable' }>;

/** Leave to ask the store once; handed back with what came of it. */
export interface Admission {
  readonly epoch: number;
}

/** `neutral`: nothing was learnt about the store. */
export type Finding = 'answered' | 'neutral' | StoreFault;

const failuresToOpen = 5;
const firstMs = 1000;
const longestMs = 10_000;
const longestPauseMs = 30_000;

/**
 * Keeps calls from a store that does not answer. Five failures in a row open it, a throttled answer does at once, for
 * as long as the store asked for. Then one call tries; a success closes it. All times are steady milliseconds.
 */
export class Breaker {
  readonly #random: () => number;
  #epoch = 0;
  #failures = 0;
  #open: Open | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** When the next try may happen, if it is open. */
  get opensAt(): number | undefined {
    return this.#open?.until;
  }

  /** What `admit` would refuse with, without taking a try. */
  refusal(lane: Lane, now: number): Fault | undefined {
    const open = this.#open;
    return open && !mayTry(open, lane, now) ? faultNow(open, now) : undefined;
  }

  admit(lane: Lane, now: number): Result<Admission> {
    const refused = this.refusal(lane, now);
    if (refused) return failed(refused);
    if (this.#open) this.#open = { ...this.#open, trying: true, triedAt: now };
    return ok({ epoch: this.#epoch });
  }

  /** Answers how long the store was away, in milliseconds, when this finding ends that. */
  report(admission: Admission, finding: Finding, now: number): { readonly awayMs: number } | undefined {
    // What was admitted before the breaker opened or closed says nothing about the store as it is now.
    if (admission.epoch !== this.#epoch) return undefined;
    if (finding === 'answered') return this.#close(now);
    if (finding !== 'neutral') this.#failed(finding, now);
    else if (this.#open) this.#open = { ...this.#open, trying: false };
    return undefined;
  }

  #close(now: number): { readonly awayMs: number } | undefined {
    this.#failures = 0;
    if (!this.#open) return undefined;
    const awayMs = now - this.#open.since;
    this.#open = undefined;
    this.#epoch += 1;
    return { awayMs };
  }

  #failed(fault: StoreFault, now: number): void {
    this.#failures += 1;
    if (this.#open) this.#open = this.#opened(fault, { ...this.#open, times: this.#open.times + 1 }, now);
    else if (fault.kind === 'throttled' || this.#failures >= failuresToOpen) {
      this.#epoch += 1;
      this.#open = this.#opened(fault, { since: now, times: 1, triedAt: now }, now);
    }
  }

  #opened(fault: StoreFault, { since, times, triedAt }: Pick<Open, 'since' | 'times' | 'triedAt'>, now: number): Open {
    const cap = fault.kind === 'throttled' ? longestPauseMs : longestMs;
    const wait = Math.min(firstMs * 2 ** (times - 1), cap) * (0.75 + this.#random() / 4);
    const until = now + (fault.kind === 'throttled' ? (fault.retryAfterMs ?? wait) : wait);
    return { fault, since, times, until, trying: false, triedAt };
  }
}

interface Open {
  readonly fault: StoreFault;
  readonly since: number;
  /** How often it was opened, the failed tries included. */
  readonly times: number;
  readonly until: number;
  readonly trying: boolean;
  /** When the last try began, or the failure that opened it came. */
  readonly triedAt: number;
}

/**
 * One try at a time; but one that hangs must not keep out the next for long, and a rotation, which somebody waits for,
 * may try each second, unless the store asked for a pause.
 */
function mayTry({ fault, until, trying, triedAt }: Open, lane: Lane, now: number): boolean {
  if (lane === 'rotation' && fault.kind === 'unavailable' && now >= triedAt + 1000) return true;
  return now >= until && (!trying || now >= triedAt + 5000);
}

const faultNow = ({ fault, until }: Open, now: number): Fault =>
  fault.kind === 'throttled' ? throttled(fault.message, Math.max(0, until - now)) : fault;
