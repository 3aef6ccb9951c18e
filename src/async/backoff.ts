export interface BackoffSteps {
  readonly firstMs: number;
  readonly capMs: number;
}

/** Waiting times that double up to a cap, each between its half and its whole, so that many clients do not march in step. */
export class Backoff {
  readonly #steps: BackoffSteps;
  readonly #random: () => number;
  #failures = 0;

  constructor(steps: BackoffSteps, random: () => number) {
    this.#steps = steps;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds until the next try. */
  next(): number {
    const whole = Math.min(this.#steps.capMs, this.#steps.firstMs * 2 ** Math.min(this.#failures++, 30));
    return whole * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
