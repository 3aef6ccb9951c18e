const newline = 10;

/**
 * Splits a stream at its newlines; undefined ends it, for a line over the bound. Bytes, because most lines of a busy
 * watch are never read as text. What follows the last newline was cut off in the middle, and is dropped.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Buffer | undefined, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      held.push(chunk.subarray(from, end));
      yield joined(held);
      held = [];
      heldBytes = 0;
      from = end + 1;
    }
    held.push(chunk.subarray(from));
    heldBytes += chunk.length - from;
    if (heldBytes > maxBytes) return yield undefined;
  }
}

/** A line that lies in one chunk is not copied. */
function joined(parts: readonly Uint8Array[]): Buffer {
  const [only] = parts;
  if (parts.length !== 1 || only === undefined) return Buffer.concat(parts);
  return Buffer.from(only.buffer, only.byteOffset, only.length);
}
