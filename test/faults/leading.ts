import { readFile } from 'node:fs/promises';
import type { Operator } from '../scenarios/operator.ts';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { leaseWrite } from './match.ts';

export const elected = '--leader-elect=true';

export const leads = async (operator: Operator): Promise<boolean> => (await leader(operator)) === '1';
export const standsBy = async (operator: Operator): Promise<boolean> => (await leader(operator)) === '0';

/** Undefined while it does not answer. */
const leader = async (operator: Operator): Promise<string | undefined> =>
  /^shearline_leader (\d)$/m.exec(await operator.metrics().catch(() => ''))?.[1];

/** Waits until it has renewed its Lease so many times from now on. */
export async function renews({ api: { journal } }: Battery, times = 1): Promise<void> {
  const since = journal.length;
  const renewals = () => journal.of(leaseWrite, since).filter(({ status }) => status === 200).length;
  await until(`${times} renewals of the Lease`, () => renewals() >= times);
}

/** How often it began to lead. */
export const termsOf = async ({ log }: Operator): Promise<number> =>
  (await readFile(log, 'utf8')).split('\n').filter(line => line.includes('"leading"')).length;
