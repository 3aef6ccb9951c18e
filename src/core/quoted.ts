const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A name that somebody else chose, for a message: printable, and short enough for a condition. */
export const quoted = (text: string): string =>
  JSON.stringify(`${text.slice(0, 80)}${text.length > 80 ? '…' : ''}`.replace(invisible, '?'));
