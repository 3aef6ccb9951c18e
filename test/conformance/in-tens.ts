/** Many small things at a store, ten at a time. */
export async function inTens<T>(all: readonly T[], act: (each: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += 10) await Promise.all(all.slice(from, from + 10).map(act));
}
