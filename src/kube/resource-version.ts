/**
 * Whether `a` is a later state than `b`. Within one resource the versions are decimal integers, too long for a number
 * but of one width per magnitude, so that length and then text decide without a BigInt per event.
 * A version of another form cannot be compared: it counts as newer, for a needless turn is better than a lost change.
 */
export function isNewer(a: string, b: string): boolean {
  if (a === b) return false;
  if (!isCounter(a) || !isCounter(b)) return true;
  return a.length === b.length ? a > b : a.length > b.length;
}

const isCounter = (version: string): boolean => /^(0|[1-9][0-9]*)$/.test(version);
