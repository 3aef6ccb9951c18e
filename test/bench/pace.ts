/** Does `count` pieces of work, so many at a time, in their order. */
export async function atATime(limit: number, count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
}

/** As many as the operator has workers, so that both load the API server alike. */
export const together = 32;
