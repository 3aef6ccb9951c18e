import { type Gate, rotateGated } from '../gated.ts';
import type { Row } from '../measure.ts';
import type { Phase } from './phase.ts';

const gates: readonly Gate[] = [
  { what: 'window open', spec: { rotation: { window: { schedule: '* * * * *', duration: '1m' } } }, requests: 2 },
  // Three writes, and a list of pods before the status and one after it; where the row still runs then, another list after five
  // seconds, and after ten who reads the revision before: a list a namespace, and a status.
  { what: 'Pinned', spec: { delivery: { mode: 'Pinned' } }, requests: 7 },
];

/** As `rotate-one`, of references that ask for more than the plain ones: to be read beside its row. */
export const rotateBehindGates: Phase = {
  name: 'rotate-gated',
  usual: true,
  run: async bench => {
    const rows: Row[] = [];
    for (const gate of gates) rows.push(await rotateGated(bench, gate));
    return rows;
  },
};
