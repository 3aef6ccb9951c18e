import { annotations } from '../../../src/api/annotations.ts';
import { Arrivals } from '../arrivals.ts';
import type { Bench } from '../bench-context.ts';
import { type Fleet, fleetOf, idOf, type Place } from '../fleet.ts';
import type { Row } from '../measure.ts';
import { paths, referenceAt, rotationBy, secretAt, statusAt } from '../objects.ts';
import { atATime, together } from '../pace.ts';
import { timed } from '../timing.ts';
import { watchFromNow } from '../watch.ts';
import type { Phase } from './phase.ts';

/**
 * The limit: no operator runs, and the bare client makes the same three requests an object itself, 32 at a time. What
 * an operator does beside them (watch, decide, read the store) is what the ratio shows.
 */
export const bare: Phase = {
  name: 'bare',
  usual: true,
  run: async bench => {
    const fleet = fleetOf('bare', bench.settings.size, bench.settings.namespaces);
    for (const name of fleet.namespaces) await bench.client.post(paths.namespaces, { metadata: { name } });
    await warmUp(bench, fleet);
    const made = await each(bench, fleet, 'bare client: first sync', place => makeOne(bench, place));
    const rotated = await each(bench, fleet, 'bare client: rotation', place => rotateOne(bench, place));
    const single = await rotateInARow(bench, fleet);
    await clear(bench, fleet);
    bench.limits.firstSync = made;
    bench.limits.rotation = rotated;
    bench.limits.rotationOfOne = single;
    return [made, rotated, single];
  },
};

/** The first requests to a new API server are slow, whoever makes them. */
async function warmUp(bench: Bench, { at, namespaces }: Fleet): Promise<void> {
  const first = { namespaces, at, size: 200 };
  await each(bench, first, 'warming up', place => makeOne(bench, place));
  await each(bench, first, 'warming up', place => rotateOne(bench, place));
  await clear(bench, first);
}

async function makeOne({ client }: Bench, place: Place): Promise<void> {
  await client.post(paths.references(place.namespace), referenceAt(place));
  await client.post(paths.secrets(place.namespace), secretAt(place, 1));
  await client.patch(paths.status(place), statusAt(place, 1));
}

async function rotateOne({ client }: Bench, place: Place): Promise<void> {
  await client.patch(paths.reference(place), rotationBy('bare-2'));
  await client.put(paths.secret(place), secretAt(place, 2));
  await client.patch(paths.status(place), statusAt(place, 2));
}

/** What is left of a single rotation without an operator: annotate, update the Secret, see the change in a watch. */
async function rotateInARow({ client, progress }: Bench, { at, size }: Fleet): Promise<Row> {
  await using watch = await watchFromNow(client, paths.bareSecrets, 'metadata');
  const latencies: number[] = [];
  const time = await timed(async () => {
    for (const place of Array.from({ length: Math.min(100, size) }, (_, index) => at(index))) {
      const arrivals = new Arrivals(watch, 1, ({ metadata }) => metadata.annotations?.[annotations.revision] === '3');
      arrivals.asked(idOf(place));
      await client.patch(paths.reference(place), rotationBy('bare-3'));
      await client.put(paths.secret(place), secretAt(place, 3));
      latencies.push(...(await arrivals.all(60_000)));
      progress.at(`bare client: ${latencies.length} rotated`);
    }
    return { objects: latencies.length, latencies };
  });
  return { name: 'bare client: rotation of one, idle', ...time, goals: [] };
}

async function each(bench: Bench, fleet: Fleet, name: string, work: (place: Place) => Promise<void>): Promise<Row> {
  const latencies: number[] = [];
  const time = await timed(async () => {
    await atATime(together, fleet.size, async index => {
      const begun = performance.now();
      await work(fleet.at(index));
      latencies.push(performance.now() - begun);
      bench.progress.at(`${latencies.length} done`);
    });
    return { objects: fleet.size, latencies };
  });
  return { name, ...time, goals: [] };
}

/** So that the operator does not find them. */
async function clear({ client, progress }: Bench, { namespaces }: Fleet): Promise<void> {
  progress.at('clearing up');
  for (const namespace of namespaces) {
    await client.remove(paths.references(namespace));
    await client.remove(paths.secrets(namespace));
  }
}
