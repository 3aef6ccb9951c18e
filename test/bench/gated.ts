import { until } from '../servers/process.ts';
import { isAside } from './audits.ts';
import type { Bench } from './bench-context.ts';
import type { Place } from './fleet.ts';
import { atMost } from './goals.ts';
import { measure, type Row, requestsPerObject } from './measure.ts';
import { paths, referenceAt } from './objects.ts';
import { rotateInARow } from './rotations.ts';
import { isSynced, listAll } from './watch.ts';

/** What a reference asks for beside its values, and the requests that a rotation may have then. */
export interface Gate {
  readonly what: string;
  readonly spec: object;
  readonly requests: number;
  /** Default: until the Secret is changed. */
  readonly rotate?: typeof rotateInARow;
}

const count = 100;

/** Single rotations in a row, as in `rotate-one`, of references that are made for it and go afterwards. */
export async function rotateGated(bench: Bench, gate: Gate): Promise<Row> {
  const [namespace = ''] = bench.fleet.namespaces;
  const chosen = Array.from({ length: Math.min(count, bench.fleet.size) }, (_, index): Place => {
    const name = `gated-${index}`;
    return { namespace, name, key: `${namespace}/${name}` };
  });
  await make(bench, namespace, chosen, gate.spec);
  const cost = await measure(bench, async () => {
    const latencies = await (gate.rotate ?? rotateInARow)(bench, chosen);
    return { objects: latencies.length, latencies };
  });
  await unmake(bench, namespace);
  const asked = requestsPerObject(cost, call => !isAside(call));
  const goals = [atMost('API requests a rotation, events and tokens aside', gate.requests, asked)];
  return { name: `rotation of one, ${gate.what}`, ...cost, goals };
}

const isGated = (name: string): boolean => name.startsWith('gated-');

async function make(bench: Bench, namespace: string, chosen: readonly Place[], more: object): Promise<void> {
  await bench.store.write(
    chosen.map(({ key }) => key),
    bench.nextVersion(),
  );
  for (const place of chosen) {
    const { spec, metadata, ...reference } = referenceAt(place);
    const gated = { ...reference, metadata: { ...metadata, labels: { gated: 'true' } }, spec: { ...spec, ...more } };
    await bench.client.post(paths.references(namespace), gated);
  }
  const inSync = async () => {
    const all = await listAll(bench.client, paths.references(namespace), 'whole');
    return all.filter(object => isGated(object.metadata.name) && isSynced(object)).length === chosen.length;
  };
  await until('the gated references to be in sync', inSync, 120_000);
}

/** Their Secrets too: the next gate has references of the same names. */
async function unmake({ client }: Bench, namespace: string): Promise<void> {
  await client.remove(`${paths.references(namespace)}?labelSelector=gated`);
  const left = async () =>
    (await listAll(client, paths.secrets(namespace))).filter(({ metadata }) => isGated(metadata.name));
  await until('their Secrets to go', async () => (await left()).length === 0, 120_000);
}
