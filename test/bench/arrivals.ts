import { idOf } from './fleet.ts';
import type { Seen, Watch } from './watch.ts';

/** Waits for each of many objects to come to a state, and keeps when it was asked to and when it was seen there. */
export class Arrivals {
  readonly #asked = new Map<string, number>();
  readonly #latencies: number[] = [];
  readonly #wanted: number;
  readonly #progress: (done: number) => void;
  readonly #all = Promise.withResolvers<void>();

  /** `isThere` is asked about every object that the watch shows; only those that were asked for count. */
  constructor(
    watch: Watch,
    wanted: number,
    isThere: (object: Seen) => boolean,
    progress: (done: number) => void = () => undefined,
  ) {
    this.#wanted = wanted;
    this.#progress = progress;
    watch.onObject(object => {
      if (this.#asked.has(idOf(object.metadata)) && isThere(object)) this.#arrived(idOf(object.metadata));
    });
    if (wanted === 0) this.#all.resolve();
  }

  asked(id: string): void {
    this.#asked.set(id, performance.now());
  }

  /** Milliseconds, one for each that arrived. */
  get latencies(): readonly number[] {
    return this.#latencies;
  }

  async all(withinMs: number): Promise<readonly number[]> {
    const late = setTimeout(() => this.#all.reject(new Error(this.#complaint(withinMs))), withinMs);
    await this.#all.promise.finally(() => clearTimeout(late));
    return this.#latencies;
  }

  #arrived(id: string): void {
    this.#latencies.push(performance.now() - (this.#asked.get(id) ?? 0));
    this.#asked.delete(id);
    this.#progress(this.#latencies.length);
    if (this.#latencies.length === this.#wanted) this.#all.resolve();
  }

  #complaint(withinMs: number): string {
    const [missing] = this.#asked.keys();
    return `${this.#latencies.length} of ${this.#wanted} came within ${withinMs / 1000} s; ${missing} did not`;
  }
}
