/** Does `count` pieces of work, so many at a time, in their order. */
export async function atATime(limit: number, count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}

/** What the bare client, and whoever creates and annotates, asks at a time. */
export const together = 32;

/** The same for each of a list, as many at a time as the bare client asks. */
export const eachOf = <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> =>
  atATime(together, items.length, async index => {
    const item = items[index];
    if (item !== undefined) await work(item);
  });
