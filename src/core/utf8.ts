const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text with its byte order mark, if it has one; undefined when the bytes are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
