import { isWrite, sumOf } from '../audits.ts';
import type { Bench } from '../bench-context.ts';
import { untilVerified } from '../crew.ts';
import { atMost, below, exactly } from '../goals.ts';
import { measure } from '../measure.ts';
import type { Done } from '../timing.ts';
import type { Phase } from './phase.ts';

/** A new process looks at everything and finds nothing to do. */
export const restart: Phase = {
  name: 'restart',
  usual: true,
  run: async bench => {
    const cost = await measure(bench, () => startAgain(bench));
    const { asked, loopDelayP99 } = cost.operator;
    const goals = [
      exactly('writes to Secrets and references', 0, sumOf(asked.api, isWriteOfOurs)),
      atMost('verified within', 30, cost.seconds, ' s'),
      below('event loop delay p99', 50, loopDelayP99, ' ms'),
    ];
    return [{ name: 'restart, all in sync', ...cost, goals }];
  },
};

const isWriteOfOurs = (call: string): boolean => isWrite(call) && /secrets|secretreferences/.test(call);

/** From the start of the process until each reference has had its turn. */
export async function startAgain({ crew, fleet }: Bench): Promise<Done> {
  await crew.stop();
  const begun = performance.now();
  await crew.start();
  await untilVerified(crew.operator, fleet.size);
  return { objects: fleet.size, seconds: (performance.now() - begun) / 1000 };
}
