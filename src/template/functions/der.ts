/** ASN.1's DER, as much as PKCS#12 needs: elements are made of their contents, and read without recursion into them. */

const element = (tag: number, ...contents: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
};

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const hex = length.toString(16);
  const bytes = [...Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')];
  return [0x80 + bytes.length, ...bytes];
}

/** What makes elements. */
export const der = {
  sequence: (...contents: readonly Uint8Array[]): Buffer => element(0x30, ...contents),
  /** In the order of their bytes, as DER wants it. */
  set: (...contents: readonly Uint8Array[]): Buffer => element(0x31, ...contents.toSorted(Buffer.compare)),
  octets: (content: Uint8Array): Buffer => element(0x04, content),
  /** A small number that is not negative. */
  integer: (value: number): Buffer => {
    const hex = value.toString(16);
    const even = hex.padStart(hex.length + (hex.length % 2), '0');
    return element(0x02, Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex'));
  },
  nothing: element(0x05),
  oid: (dotted: string): Buffer => element(0x06, oidBytes(dotted)),
  bmpString: (text: string): Buffer => element(0x1e, Buffer.from(text, 'utf16le').swap16()),
  /** `[0]` around an element. */
  explicit: (content: Uint8Array): Buffer => element(0xa0, content),
  /** `[0]` in place of OCTET STRING. */
  implicitOctets: (content: Uint8Array): Buffer => element(0x80, content),
};

function oidBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return Buffer.from([first * 40 + second, ...rest].flatMap(base128));
}

function base128(value: number): readonly number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128);
  return digits;
}

/** An element that was read. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With its tag and length. */
  readonly whole: Buffer;
}

/** The elements that a text of bytes is made of; undefined when it is not. */
export function elementsOf(bytes: Buffer): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = elementAt(bytes, at);
    if (found === undefined || elements.length === maxElements) return undefined;
    elements.push(found);
    at += found.whole.length;
  }
  return elements;
}

const maxElements = 1000;

function elementAt(bytes: Buffer, at: number): Element | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || first === 0x80 || first > 0x84) return undefined;
  const count = first < 0x80 ? 0 : first - 0x80;
  if (at + 2 + count > bytes.length) return undefined;
  const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
  const start = at + 2 + count;
  if (start + length > bytes.length) return undefined;
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) };
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function oidOf({ tag, content }: Element): string | undefined {
  if (tag !== 0x06) return undefined;
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte % 128);
    if (byte >= 128) continue;
    numbers.push(value);
    value = 0;
  }
  const [head = 0, ...rest] = numbers;
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join('.');
}
