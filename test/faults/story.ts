import { canary } from '../canary.ts';
import type { Team } from '../scenarios/team.ts';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { type Effects, effectsOf, type Snapshot, snapshotOf } from './ending.ts';
import { untilIdle } from './idle.ts';

/** How a story went: comparable between namespaces. */
export interface Account {
  /** How things stood after each chapter. */
  readonly snapshots: Readonly<Record<string, Snapshot>>;
  readonly effects: Effects;
}

/** A case: what it does right before a chapter begins. */
export type Disturbance = Partial<Readonly<Record<Chapter, (scene: Scene) => Promise<unknown> | unknown>>>;

export interface Scene extends Battery {
  readonly team: Team;
  /** For rules that concern this story only. */
  readonly here: { readonly namespace: string };
}

/** The life of one reference, in a namespace of its own. */
export async function play(battery: Battery, name: string, disturbance: Disturbance = {}): Promise<Account> {
  const team = await battery.world.team(name);
  const scene = { ...battery, team, here: { namespace: name } };
  const since = battery.api.journal.length;
  const snapshots: Record<string, Snapshot> = {};
  for (const chapter of chapters) {
    await disturbance[chapter.name]?.(scene);
    await chapter.happens(scene);
    await untilIdle(battery);
    snapshots[chapter.name] = await snapshotOf(battery.world, name);
  }
  return { snapshots, effects: effectsOf(battery.api.journal.writes(scene.here, since)) };
}

const chapters = [
  { name: 'create', happens: create },
  { name: 'rotate', happens: rotate },
  { name: 'change', happens: change },
  { name: 'repair', happens: repair },
  { name: 'delete', happens: remove },
] as const;
export type Chapter = (typeof chapters)[number]['name'];

async function create({ team }: Scene): Promise<void> {
  await team.put('db', { password: `${canary}-1` });
  await team.refer('db');
  await team.synced('db');
}

async function rotate({ team }: Scene): Promise<void> {
  await team.put('db', { password: `${canary}-2` });
  await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === 'token-1');
  await team.synced('db');
}

/** The target moves and gets another key: one is made, one goes. */
async function change({ team }: Scene): Promise<void> {
  const copy = { secretKey: 'COPY', remoteRef: { key: `${team.namespace}/db`, property: 'password' } };
  await team.refer('db', { data: [copy], dataFrom: [team.extract('db')], target: { name: 'moved' } });
  await team.until('db', 'the target moved', ({ status }) => status?.target?.name === 'moved');
  await team.synced('db');
  await until('the former target to go', async () => (await team.secret('db')) === undefined);
}

async function repair({ team, world }: Scene): Promise<void> {
  const before = await team.secret('moved');
  await world.cluster.remove('Secret', 'moved', team.namespace);
  const { metadata } = await team.secretThat('moved', 'made again', seen => seen.metadata.uid !== before?.metadata.uid);
  const { resourceVersion } = metadata;
  await team.until('db', 'the repair is reported', ({ status }) => status?.target?.resourceVersion === resourceVersion);
}

/** Of a kind that is new the garbage collector learns within half a minute: it is not waited for. */
async function remove({ team, world }: Scene): Promise<void> {
  await world.cluster.remove('SecretReference', 'db', team.namespace);
  // Two objects, two watches: a Secret that goes before the operator knows of the reference's end is put back.
  const metrics = () => world.operator.metrics().catch(() => undefined);
  const forgotten = async () => (await metrics())?.includes(`namespace="${team.namespace}"`) === false;
  await until('the operator to know that the reference is gone', forgotten);
  await world.cluster.remove('Secret', 'moved', team.namespace);
  await until('the target to go', async () => (await team.secret('moved')) === undefined);
}
