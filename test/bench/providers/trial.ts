import { allKeys, type Harness, type Seen } from '../../conformance/harness.ts';
import { until } from '../../servers/process.ts';
import type { BareClient } from '../client.ts';
import { paths, seldom } from '../objects.ts';
import type { Operator } from '../operator.ts';
import { atATime } from '../pace.ts';
import { memoryOf } from '../processes.ts';
import { isSynced, listAll } from '../watch.ts';

/** What one provider costs for a number of references, each of a remote secret of its own. */
export interface Trial {
  readonly provider: string;
  readonly step: 'first sync' | 'refresh';
  readonly references: number;
  readonly calls: number;
  readonly logins: number;
  /** Of bodies, both ways. */
  readonly kilobytes: number;
  /** From the first call to the last. */
  readonly milliseconds: number;
  /** Resident memory of the operator, in megabytes. */
  readonly megabytes: number;
}

export interface TrialPlace {
  readonly provider: string;
  readonly namespace: string;
  readonly references: number;
  readonly harness: Harness;
  readonly operator: Operator;
  readonly client: BareClient;
}

/** First sync; then the source is edited, so that all references fall due together, with a new login. */
export async function tryProvider(place: TrialPlace): Promise<readonly Trial[]> {
  await fill(place);
  const first = await measured(place, 'first sync', async () => {
    await makeReferences(place);
    await until('all references in sync', () => allSynced(place), 120_000);
  });
  const refresh = await measured(place, 'refresh', async () => {
    const before = keysRead(place);
    const allowedKeys = [...allKeys(place.harness.provider), 'refreshed/**'];
    await place.client.patch(paths.clusterSource('bench'), { spec: { allowedKeys } });
    await until('a refresh of all', async () => keysRead(place) >= before + place.references, 120_000);
  });
  return [first, refresh];
}

async function fill({ harness, references }: TrialPlace): Promise<void> {
  await atATime(8, references, async index => {
    const value = `CANARY-7f3a-${index}`;
    await harness.put(keyAt(harness, index), harness.takes.onlyJson ? JSON.stringify({ value }) : value);
  });
}

const keyAt = (harness: Harness, index: number): string => harness.key(`bench-${index}`);

async function makeReferences({ client, namespace, harness, references }: TrialPlace): Promise<void> {
  await atATime(32, references, index =>
    client.post(paths.references(namespace), {
      apiVersion: 'shearline.dev/v1alpha1',
      kind: 'SecretReference',
      metadata: { name: `bench-${index}` },
      spec: {
        refreshInterval: seldom,
        sourceRef: { kind: 'ClusterSecretSource', name: 'bench' },
        data: [{ secretKey: 'VALUE', remoteRef: { key: keyAt(harness, index) } }],
      },
    }),
  );
}

async function allSynced({ client, namespace, references }: TrialPlace): Promise<boolean> {
  const all = await listAll(client, paths.references(namespace), 'whole');
  return all.length >= references && all.every(isSynced);
}

async function measured(place: TrialPlace, step: Trial['step'], work: () => Promise<void>): Promise<Trial> {
  const { provider, references, harness, operator } = place;
  const from = harness.seen().length;
  const bytes = await bodyBytes(operator);
  const clock = stopwatch(harness);
  await work();
  await clock.calm();
  const seen = harness.seen().slice(from);
  const { resident } = await memoryOf(operator.process.pid);
  return {
    ...{ provider, step, references, milliseconds: clock.milliseconds(), megabytes: resident },
    calls: seen.filter(({ kind }) => kind !== 'login').length,
    logins: seen.filter(({ kind }) => kind === 'login').length,
    kilobytes: ((await bodyBytes(operator)) - bytes) / 1024,
  };
}

const bodyBytes = (operator: Operator): Promise<number> => operator.metric('shearline_provider_body_bytes_total');

const keysRead = ({ harness }: TrialPlace): number =>
  harness.seen().reduce((sum, { kind, keys = 1 }: Seen) => sum + (kind === 'read' ? keys : 0), 0);

/** Looks at the server every 10 ms: when the first call came, and when the last. */
function stopwatch(harness: Harness) {
  let [count, first, last] = [harness.seen().length, 0, 0];
  const timer = setInterval(() => {
    const now = harness.seen().length;
    if (now > count) {
      last = performance.now();
      first ||= last;
    }
    count = now;
  }, 10);
  return {
    milliseconds: () => last - first,
    /** No call for a second. */
    calm: async () => {
      await until('the calls to end', async () => performance.now() - last > 1000);
      clearInterval(timer);
    },
  };
}
