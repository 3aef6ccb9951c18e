import { inspect } from 'node:util';

const redacted = '[redacted]';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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
    try {
      return utf8.decode(this.#bytes);
    } catch {
      return undefined;
    }
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
