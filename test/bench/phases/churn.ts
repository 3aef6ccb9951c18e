import type { Bench } from '../bench-context.ts';
import { atMost, below } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths, referenceAt } from '../objects.ts';
import { memoryOf } from '../processes.ts';
import { places, rotateInARow } from '../rotations.ts';
import type { Done } from '../timing.ts';
import type { Phase } from './phase.ts';

/** An hour of rotations, deletions and creations: memory that grows would show. Only by PHASES=churn; CHURN is in minutes. */
export const churn: Phase = {
  name: 'churn',
  usual: false,
  run: async bench => {
    const samples: Sample[] = [];
    const cost = await measure(bench, () => stir(bench, samples));
    const goals = [
      // What is kept for the first time fills memory at first; a leak goes on.
      atMost('growth an hour, first half aside', 5, slope(samples.slice(samples.length / 2)), ' MB'),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: `churn of ${bench.settings.churnMinutes} minutes`, ...cost, goals }];
  },
};

interface Sample {
  readonly hours: number;
  readonly megabytes: number;
}

async function stir(bench: Bench, samples: Sample[]): Promise<Done> {
  const begun = performance.now();
  const hours = () => (performance.now() - begun) / 3_600_000;
  const latencies: number[] = [];
  for (let round = 0; hours() * 60 < bench.settings.churnMinutes; round++) {
    const chosen = places(bench, 50, round);
    latencies.push(...(await rotateInARow(bench, chosen)));
    for (const place of chosen.slice(0, 10)) {
      await bench.client.remove(paths.reference(place));
      await bench.client.post(paths.references(place.namespace), referenceAt(place));
    }
    const { resident } = await memoryOf(bench.crew.operator.process.pid);
    samples.push({ hours: hours(), megabytes: resident });
    bench.progress.at(`${(hours() * 60).toFixed(1)} minutes, ${resident.toFixed(0)} MB`);
  }
  return { objects: latencies.length, latencies };
}

/** Megabytes an hour, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, each) => sum + of(each), 0) / samples.length;
  const [hours, megabytes] = [mean(each => each.hours), mean(each => each.megabytes)];
  const covariance = mean(each => (each.hours - hours) * (each.megabytes - megabytes));
  return covariance / mean(each => (each.hours - hours) ** 2);
}
