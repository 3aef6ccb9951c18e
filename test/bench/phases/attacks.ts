import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, json } from '../../servers/answers.ts';
import { startFront } from '../../servers/fronted.ts';
import { until } from '../../servers/process.ts';
import type { Bench } from '../bench-context.ts';
import { idOf, type Place } from '../fleet.ts';
import { paths, referenceAt, rotationBy, seldom } from '../objects.ts';
import { eachOf } from '../pace.ts';
import { freshValues } from '../rotations.ts';
import { clusterSource } from '../stage.ts';
import { isSynced, listAll, type Seen } from '../watch.ts';

/** What one namespace does at the source that it shares with another. */
export interface Attack {
  readonly name: string;
  readonly references: number;
  /** What the store answers to whoever reads the keys of these references; a rotation of each waits meanwhile. */
  readonly answer?: Answer;
  /** Nothing is at their keys. */
  readonly missing?: true;
  /** Done twenty times a second: to the reference, or to its Secret. */
  readonly again?: (bench: Bench, place: Place, round: number) => Promise<void>;
}

const edit: Attack['again'] = ({ client }, place, round) =>
  client.patch(paths.reference(place), { spec: { refreshInterval: `${1 + (round % 200)}h` } });
const tamper: Attack['again'] = ({ client }, place) =>
  client.patch(paths.secret(place), { data: { PASSWORD: Buffer.from('tampered').toString('base64') } });

export const attacks: readonly Attack[] = [
  { name: 'nobody', references: 0 },
  { name: '15 keys answer 500', references: 15, answer: json({ errors: ['internal error'] }, 500) },
  { name: '20 keys hang', references: 20, answer: { kind: 'hang' } },
  {
    name: 'a pause of an hour',
    references: 1,
    answer: json({ errors: ['slow down'] }, 429, { 'retry-after': '3600' }),
  },
  { name: '1,000 keys are missing', references: 1000, missing: true },
  { name: 'edits without end', references: 8, again: edit },
  { name: 'tampering without end', references: 8, again: tamper },
];

/** A source for all namespaces, in front of which the store can be made to misbehave for keys of `attacker`. */
export async function startSharedSource(
  { client, store }: Bench,
  name: string,
): Promise<SharedSource & AsyncDisposable> {
  const front = await startFront<'attack' | 'other', { readonly kind: 'attack' | 'other' }>({
    upstream: store.bao.address,
    describe: ({ path }) => ({ kind: path.includes(attackers) ? 'attack' : 'other' }),
  });
  await client.post(paths.clusterSources, clusterSource(name, front.address));
  return {
    ref: { kind: 'ClusterSecretSource', name },
    misbehave: answer => front.misbehave('attack', answer),
    [Symbol.asyncDispose]: async () => {
      await client.remove(paths.clusterSource(name));
      await front.stop();
    },
  };
}

export interface SharedSource {
  readonly ref: { readonly kind: 'ClusterSecretSource'; readonly name: string };
  readonly misbehave: (answer?: Answer) => void;
}

/** Stands in the name of each key that they use. */
const attackers = 'attack-';

/** Does `work` while the attack is under way, and takes it away afterwards. */
export async function under<T>(
  bench: Bench,
  attack: Attack,
  { ref, misbehave }: SharedSource,
  namespace: string,
  work: () => Promise<T>,
): Promise<T> {
  const { client } = bench;
  const chosen = placesIn(namespace, `${ref.name}-${attackers}`, attack.references);
  if (attack.answer) misbehave(attack.answer);
  if (!attack.missing) await freshValues(bench, chosen);
  await eachOf(chosen, place => client.post(paths.references(namespace), attackingReference(place, attack, ref)));
  await until(`the attack: ${attack.name}`, () => isUnderWay(bench, attack, namespace, chosen), 180_000);
  const end = new AbortController();
  const repeated = attack.again && repeat(bench, chosen, attack.again, end.signal);
  const done = await work();
  end.abort();
  await repeated;
  await eachOf(chosen, place => client.remove(paths.reference(place)));
  return done;
}

export const placesIn = (namespace: string, prefix: string, count: number): readonly Place[] =>
  Array.from({ length: count }, (_, index) => {
    const name = `${prefix}${index}`;
    return { namespace, name, key: `${namespace}/${name}` };
  });

function attackingReference(place: Place, { answer }: Attack, source: SharedSource['ref']) {
  const reference = referenceAt(place, { source, refreshInterval: answer ? '10s' : seldom });
  const pending = answer ? rotationBy('waits').metadata : {};
  return { ...reference, metadata: { ...reference.metadata, ...pending } };
}

/** All have failed, or are in sync where the attack comes afterwards. */
async function isUnderWay({ client }: Bench, attack: Attack, namespace: string, chosen: readonly Place[]) {
  const ids = new Set(chosen.map(idOf));
  const isThere = attack.again ? isSynced : hasFailed;
  const all = await listAll(client, paths.references(namespace), 'whole');
  return all.filter(seen => ids.has(idOf(seen.metadata)) && isThere(seen)).length === chosen.length;
}

const hasFailed = ({ status }: Seen): boolean =>
  status?.conditions.some(({ type, status: value }) => type === 'Synced' && value === 'False') === true;

async function repeat(
  bench: Bench,
  chosen: readonly Place[],
  again: NonNullable<Attack['again']>,
  end: AbortSignal,
): Promise<void> {
  for (let round = 0; !end.aborted; round++) {
    const place = chosen[round % chosen.length];
    if (place) await again(bench, place, round);
    await sleep(50);
  }
}
