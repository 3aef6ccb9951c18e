import { open, stat } from 'node:fs/promises';

/** Bytes at once: an hour leaves more than fits into one string. */
const most = 64 * 1024 * 1024;

/** Reads what was appended to a file since it was last read, whole lines only; a long piece by several calls. */
export class Tail {
  readonly #file: string;
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  async lines(): Promise<readonly string[]> {
    const { size } = await stat(this.#file);
    const length = Math.min(size - this.#offset, most);
    if (length <= 0) return [];
    await using file = await open(this.#file);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, this.#offset);
    const whole = buffer.subarray(0, buffer.lastIndexOf(10) + 1);
    this.#offset += whole.length;
    return whole.toString('utf8').split('\n').filter(Boolean);
  }

  /** Goes on after what is there now. */
  async skip(): Promise<void> {
    this.#offset = (await stat(this.#file)).size;
  }
}
