import { Arrivals } from './arrivals.ts';
import type { Bench } from './bench-context.ts';
import { idOf, type Place } from './fleet.ts';
import { paths, rotationBy } from './objects.ts';
import { eachOf } from './pace.ts';
import { isRotated, isTargetOf, type Seen, type Watch, watchFromNow } from './watch.ts';

/** Rotations as their users see them. */

let tokens = 0;
const newToken = (): string => `bench-${++tokens}`;

/** Gives the store new values, then asks for all at once; milliseconds until each is answered in status. */
export async function rotateAll(bench: Bench): Promise<() => Promise<readonly number[]>> {
  const places = Array.from({ length: bench.fleet.size }, (_, index) => bench.fleet.at(index));
  await freshValues(bench, places);
  return async () => {
    const token = newToken();
    await using watch = await watchFromNow(bench.client, paths.allReferences);
    const say = (done: number) => bench.progress.at(`${done} rotated`);
    const arrivals = new Arrivals(watch, places.length, object => isRotated(object, token), say);
    await askForAll(bench, places, token, arrivals);
    return await arrivals.all(patienceMs(places.length)); // the watch lives as long as this block
  };
}

/** Asks 32 at a time, as the bare client does. */
async function askForAll(
  { client }: Bench,
  places: readonly Place[],
  token: string,
  arrivals: Arrivals,
): Promise<void> {
  await eachOf(places, async place => {
    arrivals.asked(idOf(place));
    await client.patch(paths.reference(place), rotationBy(token));
  });
}

/** So that a rotation of these has something to bring. */
export async function freshValues(bench: Bench, places: readonly Place[]): Promise<void> {
  bench.progress.at('new values for the store');
  await bench.store.write(
    places.map(({ key }) => key),
    bench.nextVersion(),
  );
}

/**
 * One after the other; milliseconds from sending the annotation to the changed Secret in a watch. Each gets its new value
 * just before.
 */
export async function rotateInARow(bench: Bench, places: readonly Place[]): Promise<readonly number[]> {
  await using watch = await watchFromNow(bench.client, paths.managedSecrets, 'metadata');
  const latencies: number[] = [];
  for (const place of places) {
    await bench.store.write([place.key], bench.nextVersion());
    latencies.push(await rotateOne(bench, place, watch, isTargetOf));
    bench.progress.at(`${latencies.length} rotated`);
  }
  return latencies;
}

/**
 * The same while references are refreshed, for as long as `goOn` says so. A refresh may be faster and bring the new value
 * itself, so what is waited for is the answer in status, which comes after the Secret.
 */
export async function rotateAmongRefreshes(
  bench: Bench,
  places: readonly Place[],
  goOn: () => Promise<boolean>,
): Promise<readonly number[]> {
  await using watch = await watchFromNow(bench.client, paths.allReferences);
  const latencies: number[] = [];
  for (const place of places) {
    if (!(await goOn())) break;
    await bench.store.write([place.key], bench.nextVersion());
    latencies.push(await rotateOne(bench, place, watch, isRotated));
  }
  return latencies;
}

/** Milliseconds. */
async function rotateOne(
  { client }: Bench,
  place: Place,
  watch: Watch,
  isThere: (object: Seen, token: string) => boolean,
): Promise<number> {
  const token = newToken();
  const arrivals = new Arrivals(watch, 1, object => isThere(object, token));
  arrivals.asked(idOf(place));
  await client.patch(paths.reference(place), rotationBy(token));
  const [latency = 0] = await arrivals.all(60_000);
  return latency;
}

/** So many places, in all namespaces; other ones for each round. */
export const places = ({ fleet }: Bench, count: number, round = 0): readonly Place[] =>
  Array.from({ length: Math.min(count, fleet.size) }, (_, index) => fleet.at((round * count + index) % fleet.size));

/** Long enough for a machine in trouble. */
export const patienceMs = (objects: number): number => 60_000 + objects * 100;
