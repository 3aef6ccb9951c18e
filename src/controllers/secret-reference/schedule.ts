import type { Schedule } from './nouns/observed.ts';
import type { Startup } from './ports.ts';

const longestSpread = 10 * 60_000;

export const scheduleFor = (interval: number, group: string): Schedule => ({
  interval,
  phase: interval === 0 ? 0 : hash(group) % interval,
});

/** Steady milliseconds of the next refresh, in the past when it is due; undefined when there is none. */
export function dueAt(plan: Schedule, checkedAt: number | undefined, startup: Startup): number | undefined {
  if (plan.interval === 0) return undefined;
  if (checkedAt !== undefined) return tickAfter(plan, checkedAt);
  const spread = plan.phase % Math.min(plan.interval, longestSpread);
  if (startup.attendedUntil === undefined) return startup.startedAt + spread;
  const missed = tickAfter(plan, startup.attendedUntil);
  return missed > startup.startedAt ? missed : startup.startedAt + spread;
}

const tickAfter = ({ interval, phase }: Schedule, time: number): number =>
  Math.floor((time - phase) / interval + 1) * interval + phase;

/** FNV-1a, 32 bit: spreads names evenly, the same in every process. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
