import { readdir, readFile, writeFile } from 'node:fs/promises';

/** What processes cost, as Linux counts it. */

/** Seconds of CPU by program; what is not of the bench is `others`. */
export type CpuSeconds = Readonly<Record<string, number>>;

const ticksPerSecond = 100; // of all Linux builds that one meets

export async function cpuOf(pid: number): Promise<number> {
  return (await statOf(pid))?.own ?? 0;
}

/** All that ran so far: this process, its children that live, those that ended, and everybody else on the machine. */
export async function cpuByProgram(): Promise<CpuSeconds> {
  const self = await statOf(process.pid);
  const ended = self?.ofEndedChildren ?? 0;
  const byProgram: Record<string, number> = { bench: self?.own ?? 0, ended };
  for (const pid of (await readdir('/proc')).map(Number).filter(Number.isInteger)) {
    const stat = await statOf(pid);
    if (stat?.parent !== process.pid) continue;
    byProgram[stat.name] = (byProgram[stat.name] ?? 0) + stat.own;
  }
  const ours = Object.values(byProgram).reduce((sum, seconds) => sum + seconds, 0);
  return { ...byProgram, others: (await busySeconds()) - ours };
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  const spent = Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)] as const);
  return Object.fromEntries(spent.filter(([, seconds]) => seconds > 0));
}

export interface Memory {
  /** Megabytes, now and at most since `forgetPeak`. */
  readonly resident: number;
  readonly peak: number;
  /** The part of `resident` that is pages of files: Node itself, for the most part. */
  readonly files: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { resident: field('VmRSS'), peak: field('VmHWM'), files: field('RssFile') };
}

export const forgetPeak = (pid: number): Promise<void> => writeFile(`/proc/${pid}/clear_refs`, '5');

/** The name stands in parentheses and may hold anything; what follows it are numbers. */
async function statOf(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(text ?? '') ?? [];
  if (name === undefined || rest === undefined) return undefined;
  const fields = rest.split(' ').map(Number);
  const seconds = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) / ticksPerSecond;
  return { name, parent: fields[1], own: seconds(11), ofEndedChildren: seconds(13) };
}

async function busySeconds(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}
