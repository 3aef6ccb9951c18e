import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; the bound is only for a test that has already failed. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for: ${condition}`);
    await sleep(1);
  }
}
