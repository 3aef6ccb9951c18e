import { bare } from './bare.ts';
import { churn } from './churn.ts';
import { failOver } from './fail-over.ts';
import { firstSync } from './first-sync.ts';
import { hangingSources } from './hanging-sources.ts';
import { memory } from './memory.ts';
import { neighbours } from './neighbours.ts';
import type { Phase } from './phase.ts';
import { pods } from './pods.ts';
import { restart } from './restart.ts';
import { rotateAllAtOnce } from './rotate-all.ts';
import { rotateApproved } from './rotate-approved.ts';
import { rotateWhileBusy } from './rotate-busy.ts';
import { rotateBehindGates } from './rotate-gated.ts';
import { rotateSingly } from './rotate-one.ts';
import { samePath } from './same-path.ts';
import { steady } from './steady.ts';

/** All of them, in the order in which they are run. */
const all: readonly Phase[] = [
  bare,
  firstSync,
  rotateSingly,
  rotateBehindGates,
  rotateAllAtOnce,
  rotateWhileBusy,
  hangingSources,
  neighbours,
  steady,
  samePath,
  restart, // after it all are read once more, over ten minutes: what is to be quiet comes before
  failOver,
  rotateApproved,
  memory,
  pods,
  churn,
];

/** `first-sync,rotate-all`. The first sync is always run, because all others need what it makes. */
export function parsePhaseNames(text: string | undefined): readonly Phase[] {
  if (!text) return all.filter(({ usual }) => usual);
  const names = text.split(',');
  const unknown = names.find(name => all.every(phase => phase.name !== name));
  if (unknown === undefined) return all.filter(phase => phase === firstSync || names.includes(phase.name));
  throw new Error(`there is no phase ${unknown}; there are: ${all.map(({ name }) => name).join(', ')}`);
}
