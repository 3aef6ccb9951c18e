const plain = /^[A-Za-z0-9_./:@%+=,-]+$/;

/** Words of a command line as a POSIX shell takes them, whatever is in them. */
export const commandLine = (...words: readonly string[]): string =>
  words.map(word => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
