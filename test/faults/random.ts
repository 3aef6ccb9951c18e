/** Chance that can be repeated: the same seed makes the same choices. */
export interface Chance {
  /** From 0 to n - 1. */
  below(n: number): number;
  pick<T>(from: readonly T[]): T;
  /** By weight. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T;
}

export function chanceOf(seed: number): Chance {
  const below = (n: number) => Math.floor(next() * n);
  const next = mulberry32(seed);
  const pick = <T>(from: readonly T[]): T => found(from[below(from.length)]);
  return {
    below,
    pick,
    weighted: from => {
      let left = next() * from.reduce((sum, [weight]) => sum + weight, 0);
      const chosen = from.find(([weight]) => {
        left -= weight;
        return left < 0;
      });
      return found(chosen)[1];
    },
  };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is nothing to choose from');
  return value;
}

/** Tommy Ettinger's: 32 bits of state are enough for a walk. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
