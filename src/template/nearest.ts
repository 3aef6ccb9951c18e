/** What somebody may have meant, to go on with after a name that is not known; nothing when nothing is near. */
export function nearest(name: string, known: readonly string[]): string {
  const most = Math.min(3, Math.ceil(name.length / 3));
  const near = known
    .filter(each => Math.abs(each.length - name.length) <= most && name.length <= 64)
    .map(each => ({ each, steps: stepsBetween(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ steps }) => steps <= most)
    .toSorted((a, b) => a.steps - b.steps);
  return near[0] === undefined ? '' : `: did you mean ${near[0].each}?`;
}

/** Letters to add, to take away or to change (Levenshtein). */
function stepsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
