const mask = Buffer.from('***');
/** What is shorter stands everywhere: `1`, `on`, `etl`. */
export const leastMasked = 4;

/** Puts `***` in place of secrets in a stream, also of those that come in two chunks: the first part of one waits for the rest. */
export class Masker {
  readonly #secrets: readonly Buffer[];
  /** By their first four bytes: a certificate has a hundred lines, and each of them some forms. */
  readonly #byHead: ReadonlyMap<number, readonly Buffer[]>;
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly Uint8Array[]) {
    const shown = secrets.flatMap(parts).flatMap(forms);
    this.#secrets = distinct(shown.filter(({ length }) => length >= leastMasked)).toSorted(
      (a, b) => b.length - a.length,
    );
    this.#byHead = Map.groupBy(this.#secrets, each => each.readUInt32BE());
  }

  /** What can be shown of all that has come so far. */
  push(chunk: Uint8Array): Buffer {
    return this.#take(Buffer.concat([this.#held, chunk]), false);
  }

  /** The rest, when nothing more comes. */
  end(): Buffer {
    return this.#take(this.#held, true);
  }

  #take(text: Buffer, isEnd: boolean): Buffer {
    const shown: Buffer[] = [];
    let from = 0;
    let at = 0;
    while (at < text.length) {
      const found = this.#at(text, at, isEnd);
      if (found === 'perhaps') break;
      if (found === undefined) at += 1;
      else {
        shown.push(text.subarray(from, at), mask);
        at += found;
        from = at;
      }
    }
    shown.push(text.subarray(from, at));
    this.#held = Buffer.from(text.subarray(at));
    return Buffer.concat(shown);
  }

  /** Bytes of the longest secret that stands there; `perhaps`: the text ends before that can be said. */
  #at(text: Buffer, at: number, isEnd: boolean): number | 'perhaps' | undefined {
    const isWhole = text.length - at >= leastMasked;
    const perhaps = isWhole ? this.#byHead.get(text.readUInt32BE(at)) : isEnd ? undefined : this.#secrets;
    for (const secret of perhaps ?? []) {
      const there = text.subarray(at, at + secret.length);
      if (there.equals(secret)) return secret.length;
      if (!isEnd && there.length < secret.length && there.equals(secret.subarray(0, there.length))) return 'perhaps';
    }
    return undefined;
  }
}

/** A value as a whole, and each line of it: many programs print only one. */
function parts(value: Uint8Array): readonly Buffer[] {
  const whole = Buffer.from(value);
  const lines = whole
    .toString('latin1')
    .split(/\r?\n/)
    .map(line => Buffer.from(line.trim(), 'latin1'));
  return [whole, ...lines].filter(({ length }) => length >= leastMasked);
}

/** As programs print what they were given: as it is, in JSON and URLs, as hexadecimal digits and base64. */
function forms(part: Buffer): readonly Buffer[] {
  const text = part.toString();
  const encoded = [JSON.stringify(text).slice(1, -1), encodeURIComponent(text.toWellFormed()), part.toString('hex')];
  const bare = [0, 1, 2].map(before => base64Of(part, before));
  // `base64` breaks its lines.
  const lines = part.toString('base64').match(/.{1,76}/g) ?? [];
  const base64s = [...bare, ...lines].flatMap(each => [each, each.replaceAll('+', '-').replaceAll('/', '_')]);
  return [part, ...[...encoded, ...base64s].map(each => Buffer.from(each))];
}

/** What base64 of a text has of a part of it, behind so many bytes: as in `Basic` logins. What neighbours change is left out. */
function base64Of(part: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), part]).toString('base64');
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + part.length) * 8) / 6));
}

const distinct = (all: readonly Buffer[]): readonly Buffer[] => [
  ...new Map(all.map(each => [each.toString('latin1'), each])).values(),
];
