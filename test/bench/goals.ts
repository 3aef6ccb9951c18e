/** One figure that the project promises, and what came out. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

export const atMost = (what: string, limit: number, value: number, unit = ''): Goal => ({
  what,
  goal: `≤ ${limit}${unit}`,
  measured: `${rounded(value)}${unit}`,
  met: value <= limit,
});

export const below = (what: string, limit: number, value: number, unit = ''): Goal => ({
  what,
  goal: `< ${limit}${unit}`,
  measured: `${rounded(value)}${unit}`,
  met: value < limit,
});

export const atLeast = (what: string, limit: number, value: number, unit = ''): Goal => ({
  what,
  goal: `≥ ${limit}${unit}`,
  measured: `${rounded(value)}${unit}`,
  met: value >= limit,
});

export const exactly = (what: string, wanted: number, value: number): Goal => ({
  what,
  goal: String(wanted),
  measured: String(rounded(value)),
  met: value === wanted,
});

const rounded = (value: number): number => Number(value.toPrecision(value >= 100 ? 4 : 3));
