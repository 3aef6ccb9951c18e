import { createHmac } from 'node:crypto';
import { refuse } from '../value.ts';

/** Mi characters, bytes and entries. */
const mostWork = 8;

/**
 * What functions may read and make in one computation. The heap of the worker has a limit, but bytes and long texts are
 * outside of it: without a limit of their own they took 200 MB in the time that a computation has.
 */
export class Work {
  #left = mostWork * 1024 * 1024;

  count<T>(value: T): T {
    this.#spend(value);
    return value;
  }

  /** With what is in it. A list may have itself many times, so each step costs something. */
  #spend(value: unknown): void {
    this.#left -= typeof value === 'string' || value instanceof Uint8Array ? value.length : 1;
    if (this.#left < 0)
      refuse(`with it, the functions of the templates read and write more than ${mostWork} MiB: call them less often`);
    if (Array.isArray(value) || value instanceof Map) for (const each of value.values()) this.#spend(each);
  }
}

/** For which output a function is called. It is all that a function sees beside its arguments. */
export class Context {
  readonly #uid: string;
  readonly #output: string;
  /** Of all outputs together. */
  readonly work: Work;

  constructor(uid: string, output: string, work: Work) {
    this.#uid = uid;
    this.#output = output;
    this.work = work;
  }

  /**
   * In place of random bytes, for equal inputs must give equal bytes. Others cannot guess it, nor is it the same in two
   * references or two keys.
   */
  salt(purpose: string, length: number, ...inputs: readonly Uint8Array[]): Buffer {
    const hash = createHmac('sha256', this.#uid).update(JSON.stringify([purpose, this.#output]));
    for (const input of inputs) hash.update(`${input.length}:`).update(input);
    return hash.digest().subarray(0, length);
  }
}
