import { inspect } from 'node:util';
import { utf8Text } from './utf8.ts';

const redacted = '[redacted]';

/** Bytes of a secret. Printing, logging or serialising one says `[redacted]`; `reveal()` is called where bytes are needed. */
export class SecretValue {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static fromText(text: string): SecretValue {
    return new SecretValue(Buffer.from(text, 'utf8'));
  }

  get size(): number {
    return this.#bytes.byteLength;
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  /** The text, or undefined when the bytes are not valid UTF-8. */
  revealText(): string | undefined {
    return utf8Text(this.#bytes);
  }

  /** Whether both hold the same bytes. */
  equals(other: SecretValue | undefined): boolean {
    return other !== undefined && Buffer.compare(this.#bytes, other.#bytes) === 0;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
