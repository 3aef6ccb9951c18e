/**
 * The reads that can leave together. While a call of them is under way that was not full, others wait for its end or until
 * they fill one, as Nagle's algorithm has it for packets; a rotation does not. So reads that come one by one are few calls,
 * without a timer.
 */
export class Batch<Read> {
  readonly key: string;
  readonly waiting = new Set<Read>();
  readonly #size: number;
  /** Calls under way that were not full. */
  #partial = 0;

  constructor(key: string, size: number) {
    this.key = key;
    this.#size = size;
  }

  get isIdle(): boolean {
    return this.#partial === 0 && this.waiting.size === 0;
  }

  /** Whether the last of its reads waits until there are more of them. */
  get gathers(): boolean {
    return this.#partial > 0 && this.waiting.size % this.#size > 0;
  }

  /** The first, and those that leave with it. */
  begin(head: Read): readonly [Read, ...Read[]] {
    const others = this.waiting.values().filter(each => each !== head);
    const reads = [head, ...others.take(this.#size - 1)] as const;
    if (reads.length < this.#size) this.#partial += 1;
    return reads;
  }

  /** Their call has ended. False as long as the others go on gathering. */
  end({ length }: readonly Read[]): boolean {
    if (length < this.#size) this.#partial -= 1;
    return this.#partial === 0;
  }
}
