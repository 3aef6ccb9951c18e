import { until } from '../../servers/process.ts';
import { type StandIn, startStandIn } from '../../servers/stand-in.ts';
import type { Bench } from '../bench-context.ts';
import type { Place } from '../fleet.ts';
import { atMost, below } from '../goals.ts';
import { measure } from '../measure.ts';
import { paths, referenceAt } from '../objects.ts';
import { rotateInARow } from '../rotations.ts';
import { vaultAt } from '../stage.ts';
import type { Phase } from './phase.ts';

const sources = 50;
const referencesOfEach = 4;

/** Stores that take a connection and never answer; meanwhile somebody rotates in the same namespace. */
export const hangingSources: Phase = {
  name: 'hanging',
  usual: true,
  run: async bench => {
    const [namespace = ''] = bench.fleet.namespaces;
    const places = neighbours(bench, namespace);
    await using silent = await startSilentStore();
    await makeHangingSources(bench, namespace, silent.store.address);
    const hang = () => silent.store.requests.length >= sources;
    await until('all sources to hang', hang, 60_000);
    const cost = await measure(bench, async () => {
      const latencies = await rotateInARow(bench, places);
      return { objects: latencies.length, latencies };
    });
    await bench.client.remove(`${paths.references(namespace)}?labelSelector=hanging`);
    await bench.client.remove(paths.sources(namespace));
    const goals = [
      atMost('p99', 500, cost.latency?.p99 ?? 0, ' ms'),
      below('event loop delay p99', 50, cost.operator.loopDelayP99, ' ms'),
    ];
    return [{ name: `rotation of one, ${sources} sources hang`, ...cost, goals }];
  },
};

const neighbours = ({ fleet }: Bench, namespace: string): readonly Place[] =>
  Array.from({ length: fleet.size }, (_, index) => fleet.at(index))
    .filter(place => place.namespace === namespace)
    .slice(0, 100);

async function startSilentStore(): Promise<AsyncDisposable & { readonly store: StandIn }> {
  const store = await startStandIn(() => ({ kind: 'hang' }));
  return { store, [Symbol.asyncDispose]: () => store.stop() };
}

async function makeHangingSources({ client }: Bench, namespace: string, address: string): Promise<void> {
  for (let index = 0; index < sources; index++) {
    const name = `hanging-${index}`;
    const source = { apiVersion: 'shearline.dev/v1alpha1', kind: 'SecretSource', metadata: { name } };
    await client.post(paths.sources(namespace), { ...source, spec: { provider: vaultAt(address) } });
    for (let copy = 0; copy < referencesOfEach; copy++) {
      const place = { namespace, name: `${name}-${copy}`, key: `${namespace}/${name}-${copy}` };
      const reference = referenceAt(place, { source: { kind: 'SecretSource', name } });
      const metadata = { ...reference.metadata, labels: { hanging: 'true' } };
      await client.post(paths.references(namespace), { ...reference, metadata });
    }
  }
}
