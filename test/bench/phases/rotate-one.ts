import { isAside } from '../audits.ts';
import { atMost, below } from '../goals.ts';
import { measure, type Row, requestsPerObject } from '../measure.ts';
import { places, rotateInARow } from '../rotations.ts';
import type { Timed } from '../timing.ts';
import type { Phase } from './phase.ts';

/** Single requests in a row, nothing else going on: what somebody waits who rotates one password. */
export const rotateSingly: Phase = {
  name: 'rotate-one',
  usual: true,
  run: async bench => {
    const chosen = places(bench, 100);
    const cost = await measure(bench, async () => {
      const latencies = await rotateInARow(bench, chosen);
      return { objects: latencies.length, latencies };
    });
    const goals = [
      atMost(
        'API requests a rotation, events and tokens aside',
        2,
        requestsPerObject(cost, call => !isAside(call)),
      ),
      atMost('p99', 20, cost.latency?.p99 ?? 0, ' ms'),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: 'rotation of one, idle', ...cost, ...besideBareOne(cost, bench.limits.rotationOfOne), goals }];
  },
};

/** Of the slowest one in a hundred: what the bare client takes for annotation and Secret, in parts of what we take. */
const besideBareOne = ({ latency }: Timed, bare: Timed | undefined): Pick<Row, 'ratio'> =>
  latency === undefined || bare?.latency === undefined ? {} : { ratio: bare.latency.p99 / latency.p99 };
