import { createContext, runInContext } from 'node:vm';

/**
 * How the time of a computation grows with the text that it is given. Processor time of this thread, of the quickest of
 * several runs, so that a machine with other work says the same.
 */

export const KiB = 1024;

/** Worst texts of about that many characters. */
export type Text = (size: number) => string;

/** What is promised: eight times the text takes about eight times as long. */
const promised = [128 * KiB, 1024 * KiB];
/** With smaller ones, to end early what would take hours. */
export const stepwise = [KiB / 4, 2 * KiB, 16 * KiB, ...promised];
const factor = 8;
/** A computation that grows with its square takes 64 times as long, one that is linear 8 times. */
const noise = 3;
/**
 * Milliseconds. What is quicker is not told apart from garbage collection, which takes longer the more a worker has
 * loaded before, nor from the work of others on a busy machine. A square is seen all the same: 1 MiB at a nanosecond a step takes a quarter of an hour.
 */
const floor = (size: number): number => Math.max(100, (4 * size) / KiB);
const runs = 3;

/** Why a computation is not linear; undefined when it is. */
export async function superlinear(
  run: (text: string) => unknown,
  text: Text,
  sizes = promised,
): Promise<string | undefined> {
  const took: number[] = [];
  for (const size of sizes) {
    const most = Math.max(floor(size), (took.at(-1) ?? 0) * factor * noise);
    took.push(await quickest(run, flat(text(size)), most));
    if ((took.at(-1) ?? 0) > most) return took.map((ms, index) => `${sizes[index]}: ${ms.toFixed(0)} ms`).join(', ');
  }
  return undefined;
}

/** The shortest of several runs. One is enough when it is short, or longer than noise makes it. */
async function quickest(run: (text: string) => unknown, text: string, enough: number): Promise<number> {
  let best = await cpuOf(() => run(text));
  for (let count = 1; count < runs && best > enough && best < enough * 10; count++)
    best = Math.min(best, await cpuOf(() => run(text)));
  return best;
}

export async function cpuOf(run: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** A text in one piece: concatenation makes a tree, which would be measured with the first look at it. */
const flat = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');

export const fill = (piece: string, size: number): string => piece.repeat(Math.ceil(size / Math.max(piece.length, 1)));

/** Whether it ends in time: also when a regular expression would take years. */
export function endsWithin(timeout: number, run: () => unknown): boolean {
  try {
    runInContext('run()', createContext({ run }), { timeout });
    return true;
  } catch (error) {
    // Not an Error of ours: it comes from the other context.
    if (Object(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

export const use = (regexp: RegExp, text: string): unknown =>
  regexp.global ? text.replace(regexp, '') : regexp.exec(text);
