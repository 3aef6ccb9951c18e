import { Arrivals } from '../arrivals.ts';
import type { Bench } from '../bench-context.ts';
import { idOf, type Place } from '../fleet.ts';
import { atMost } from '../goals.ts';
import { type Measured, measure, type Row } from '../measure.ts';
import { paths, referenceAt, seldom } from '../objects.ts';
import { freshValues, rotateInARow } from '../rotations.ts';
import { isSynced, watchFromNow } from '../watch.ts';
import { type Attack, attacks, placesIn, type SharedSource, startSharedSource, under } from './attacks.ts';
import type { Phase } from './phase.ts';

const rotated = 50;
const refreshed = 20;
const intervalMs = 10_000;

/** Two namespaces at one source: what one waits for, while the other does its worst. */
export const neighbours: Phase = {
  name: 'neighbours',
  usual: false,
  run: async bench => {
    const [namespace = '', other = ''] = bench.fleet.namespaces;
    const rows: Row[] = [];
    let alone: number | undefined;
    for (const [number, attack] of attacks.entries()) {
      bench.progress.at(attack.name);
      await using source = await startSharedSource(bench, `shared-${number}`);
      const victims = await makeVictims(bench, namespace, source.ref);
      const served = () => servedMeanwhile(bench, victims);
      const { rotation, refresh } = await under(bench, attack, source, other, served);
      rows.push(...rowsOf(attack, rotation, refresh, alone));
      alone ??= rotation.latency?.p99;
      for (const each of [...victims.rotated, ...victims.refreshed]) await bench.client.remove(paths.reference(each));
    }
    return rows;
  },
};

interface Victims {
  readonly rotated: readonly Place[];
  readonly refreshed: readonly Place[];
}

async function makeVictims(bench: Bench, namespace: string, source: SharedSource['ref']): Promise<Victims> {
  const made = {
    rotated: placesIn(namespace, `${source.name}-rotated-`, rotated),
    refreshed: placesIn(namespace, `${source.name}-refreshed-`, refreshed),
  };
  const all = [...made.rotated, ...made.refreshed];
  await freshValues(bench, all);
  await using watch = await watchFromNow(bench.client, paths.allReferences);
  const arrivals = new Arrivals(watch, all.length, isSynced);
  for (const place of all) {
    arrivals.asked(idOf(place));
    const refreshInterval = made.refreshed.includes(place) ? `${intervalMs / 1000}s` : seldom;
    await bench.client.post(paths.references(namespace), referenceAt(place, { source, refreshInterval }));
  }
  await arrivals.all(60_000);
  return made;
}

async function servedMeanwhile(bench: Bench, victims: Victims) {
  const rotation = await measure(bench, async () => {
    const latencies = await rotateInARow(bench, victims.rotated);
    return { objects: latencies.length, latencies };
  });
  const refresh = await measure(bench, async () => {
    const latencies = await untilRefreshed(bench, victims.refreshed);
    return { objects: latencies.length, latencies };
  });
  return { rotation, refresh };
}

/** Milliseconds from the new value in the store to the Secret. */
async function untilRefreshed(bench: Bench, chosen: readonly Place[]): Promise<readonly number[]> {
  await using watch = await watchFromNow(bench.client, paths.managedSecrets, 'metadata');
  const arrivals = new Arrivals(watch, chosen.length, () => true);
  for (const place of chosen) arrivals.asked(idOf(place));
  await bench.store.write(
    chosen.map(({ key }) => key),
    bench.nextVersion(),
  );
  return await arrivals.all(120_000);
}

/** A rotation may take three times what it takes without an attack, a refresh a second more than its interval. */
function rowsOf({ name }: Attack, rotation: Measured, refresh: Measured, alone: number | undefined): readonly Row[] {
  const p99 = rotation.latency?.p99 ?? 0;
  const slowest = refresh.latency?.p99 ?? 0;
  const beside = alone === undefined ? [] : [atMost('p99 beside that without an attack', 3, p99 / alone, ' ×')];
  return [
    { name: `rotation; next door: ${name}`, ...rotation, goals: beside },
    { name: `refresh; next door: ${name}`, ...refresh, goals: [atMost('p99', intervalMs + 1000, slowest, ' ms')] },
  ];
}
