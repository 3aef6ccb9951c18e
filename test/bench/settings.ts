import { parsePhaseNames } from './phases/index.ts';
import type { Phase } from './phases/phase.ts';

/** What `make bench` takes from its environment. */
export interface Settings {
  /** N: references of the fleet. */
  readonly size: number;
  readonly namespaces: number;
  /** FOREIGN: Secrets of others in the cluster in the memory phase. */
  readonly foreign: number;
  /** STEADY: seconds of the steady phase. */
  readonly steadySeconds: number;
  /** CHURN: minutes of the churn phase. */
  readonly churnMinutes: number;
  /** PROFILE=1: leave CPU and heap profiles of the operator. */
  readonly profile: boolean;
  /** NODE_FLAGS: for the operator, such as --max-semi-space-size=4. */
  readonly nodeFlags: readonly string[];
  /** PHASES: names joined by commas; all but churn when there are none. */
  readonly phases: readonly Phase[];
}

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    size: numberOf('N', env.N, 2000),
    namespaces: 20,
    foreign: numberOf('FOREIGN', env.FOREIGN, 20_000),
    steadySeconds: numberOf('STEADY', env.STEADY, 60),
    churnMinutes: numberOf('CHURN', env.CHURN, 60),
    profile: Boolean(env.PROFILE) && env.PROFILE !== '0',
    nodeFlags: (env.NODE_FLAGS ?? '').split(' ').filter(Boolean),
    phases: parsePhaseNames(env.PHASES),
  };
}

function numberOf(name: string, text: string | undefined, fallback: number): number {
  if (!text) return fallback;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${name} must be a number, not ${text}`);
  return Number(text);
}
