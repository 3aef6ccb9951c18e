const newline = 10;

/**
 * Splits a stream at its newlines; undefined ends it, for a line over the bound.
 * What follows the last newline was cut off in the middle, and is dropped.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string | undefined, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      held.push(chunk.subarray(from, end));
      yield textOf(held);
      held = [];
      heldBytes = 0;
      from = end + 1;
    }
    held.push(chunk.subarray(from));
    heldBytes += chunk.length - from;
    if (heldBytes > maxBytes) return yield undefined;
  }
}

/** Decoded as a whole: a character may lie across two chunks. */
const textOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('utf8');
