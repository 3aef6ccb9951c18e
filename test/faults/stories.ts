import * as z from 'zod';
import { canary } from '../canary.ts';
import { deleteSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import type { Scene, Story } from './story.ts';

/** A Secret that its reference owns. */
export const owned = {
  title: 'a Secret that its reference owns',
  chapters: [
    { name: 'create', happens: scene => create(scene) },
    { name: 'rotate', happens: rotate },
    { name: 'change', happens: change },
    { name: 'repair', happens: repair },
    { name: 'delete', happens: scene => removeAll(scene, 'moved') },
  ],
} as const satisfies Story;

/** Keys in somebody else's Secret, which a finalizer takes out of it in the end. */
export const merged = {
  title: 'keys that are merged into a Secret of somebody else',
  chapters: [
    { name: 'create', happens: mergeIn },
    { name: 'rotate', happens: rotate },
    { name: 'move', happens: moveToAnotherHost },
    { name: 'repair', happens: repairKey },
    { name: 'delete', happens: takeOut },
  ],
} as const satisfies Story;

/** A Secret that goes with its value, and comes back with it. */
export const deleted = {
  title: 'a Secret with deletionPolicy Delete',
  chapters: [
    { name: 'create', happens: scene => create(scene, { deletionPolicy: 'Delete' }) },
    { name: 'vanish', happens: vanish },
    { name: 'return', happens: comeBack },
    { name: 'delete', happens: scene => removeAll(scene, 'db') },
  ],
} as const satisfies Story;

/** There and back: a name that was left is free again. Both times the token of a rotation goes along. */
export const renamed = {
  title: 'a Secret that is renamed, and renamed back',
  chapters: [
    { name: 'create', happens: scene => create(scene) },
    { name: 'rename', happens: scene => rename(scene, 'db', 'other') },
    { name: 'rename back', happens: scene => rename(scene, 'other', 'db') },
    { name: 'delete', happens: scene => removeAll(scene, 'db') },
  ],
} as const satisfies Story;

/** What is found while the window is closed waits with its token, and is published when it opens. */
export const windowed = {
  title: 'a Secret that gets newer values in a window only',
  chapters: [
    { name: 'create', happens: scene => within(scene, closed) },
    { name: 'find', happens: find },
    { name: 'open', happens: open },
    { name: 'delete', happens: scene => removeAll(scene, 'db') },
  ],
} as const satisfies Story;

/** What is found is a run with a record, and is published when somebody has approved it. */
export const approved = {
  title: 'a Secret whose newer values somebody approves',
  chapters: [
    { name: 'create', happens: judge },
    { name: 'find', happens: findToJudge },
    { name: 'approve', happens: approve },
    { name: 'delete', happens: removeRuns },
  ],
} as const satisfies Story;

const first = { password: `${canary}-1` };
const second = { password: `${canary}-2` };

async function create({ team }: Scene, target: object = {}): Promise<void> {
  await team.put('db', first);
  await team.refer('db', { dataFrom: [team.extract('db')], target });
  await team.synced('db');
}

/** Once a year, and always. */
const [closed, opened] = ['0 0 1 1 *', '* * * * *'];

async function within({ team }: Scene, schedule: string): Promise<void> {
  await team.put('db', first);
  await team.refer('db', { dataFrom: [team.extract('db')], rotation: { window: { schedule, duration: '1m' } } });
  await team.synced('db');
}

async function find({ team }: Scene): Promise<void> {
  await team.put('db', second);
  await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  await team.until('db', 'the candidate', ({ status }) => status?.candidate?.rotate === 'token-1');
}

async function open({ team }: Scene): Promise<void> {
  const window = { schedule: opened, duration: '1m' };
  await team.refer('db', { dataFrom: [team.extract('db')], rotation: { window } });
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === 'token-1');
  await team.synced('db');
}

/** With an overlap that outlasts the story: no condition moves by time alone. */
async function judge({ team }: Scene): Promise<void> {
  await team.put('db', first);
  const rotation = { approval: { required: true }, overlap: '30d' };
  await team.refer('db', { dataFrom: [team.extract('db')], rotation });
  await team.synced('db');
}

async function findToJudge({ team, world }: Scene): Promise<void> {
  await team.put('db', second);
  await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  const waits = async () => Record.parse(await world.cluster.read('SecretRotation', 'db-1', team.namespace));
  await until('the run to wait', async () => (await waits())?.status?.reason === 'ApprovalPending');
}

const Record = z.looseObject({ status: z.looseObject({ reason: z.string().optional() }).optional() }).optional();

async function approve({ team, world }: Scene): Promise<void> {
  const approval = { decision: 'Approved', by: 'admin' };
  await world.cluster.patch('SecretRotation', 'db-1', team.namespace, { spec: { approval } });
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === 'token-1');
  await team.synced('db');
}

async function rotate({ team }: Scene): Promise<void> {
  await team.put('db', second);
  await ask({ team }, 'token-1');
  await team.synced('db');
}

async function ask({ team }: Pick<Scene, 'team'>, token: string): Promise<void> {
  await team.annotate('db', { 'shearline.dev/rotate': token });
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === token);
}

/** The target moves and gets another key: one is made, one goes. */
async function change({ team }: Scene): Promise<void> {
  await team.refer('db', { data: [copyOf(team)], dataFrom: [team.extract('db')], target: { name: 'moved' } });
  await team.until('db', 'the target moved', ({ status }) => status?.target?.name === 'moved');
  await team.synced('db');
  await until('the former target to go', async () => (await team.secret('db')) === undefined);
}

const copyOf = ({ namespace }: Scene['team']) => ({
  secretKey: 'COPY',
  remoteRef: { key: `${namespace}/db`, property: 'password' },
});

async function repair({ team, world }: Scene): Promise<void> {
  const before = await team.secret('moved');
  await world.cluster.remove('Secret', 'moved', team.namespace);
  const { metadata } = await team.secretThat('moved', 'made again', seen => seen.metadata.uid !== before?.metadata.uid);
  const { resourceVersion } = metadata;
  await team.until('db', 'the repair is reported', ({ status }) => status?.target?.resourceVersion === resourceVersion);
}

/** Of a kind that is new the garbage collector learns within half a minute: it is not waited for. */
async function removeAll({ team, world }: Scene, target: string): Promise<void> {
  await world.cluster.remove('SecretReference', 'db', team.namespace);
  // Two objects, two watches: a Secret that goes before the operator knows of the reference's end is put back.
  const metrics = () => world.operator.metrics().catch(() => undefined);
  const forgotten = async () => (await metrics())?.includes(`namespace="${team.namespace}"`) === false;
  await until('the operator to know that the reference is gone', forgotten);
  await world.cluster.remove('Secret', target, team.namespace);
  await until('the target to go', async () => (await team.secret(target)) === undefined);
}

/** Revisions and records go with their reference, by garbage collection. */
async function removeRuns(scene: Scene): Promise<void> {
  const { cluster } = scene.world;
  const { namespace } = scene.team;
  await removeAll(scene, 'db');
  const left = async () => [
    ...(await cluster.list('Secret', namespace)),
    ...(await cluster.list('SecretRotation', namespace)),
  ];
  await until('revisions and records to go', async () => (await left()).length === 0, 120_000);
}

const hosts = ['host', 'other-host'] as const;
const theirs = Buffer.from('theirs').toString('base64');
const mergingInto = (team: Scene['team'], name: (typeof hosts)[number]) =>
  team.refer('db', { dataFrom: [team.extract('db')], target: { name, creationPolicy: 'Merge' } });

async function mergeIn({ team, world }: Scene): Promise<void> {
  for (const name of hosts) {
    const metadata = { name, namespace: team.namespace, labels: { 'shearline.dev/merge': 'allowed' } };
    await world.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { theirs } });
  }
  await team.put('db', first);
  await mergingInto(team, 'host');
  await team.synced('db');
}

async function moveToAnotherHost({ team }: Scene): Promise<void> {
  await mergingInto(team, 'other-host');
  await team.synced('db');
  await team.secretThat('other-host', 'with our key', ({ text }) => text.password === second.password);
  await team.secretThat('host', 'without our key', ({ text }) => text.password === undefined);
}

async function repairKey({ team }: Scene): Promise<void> {
  await team.tamper('other-host', { data: { password: null } });
  const { metadata } = await team.secretThat('other-host', 'whole', ({ text }) => text.password !== undefined);
  const { resourceVersion } = metadata;
  await team.until('db', 'the repair is reported', ({ status }) => status?.target?.resourceVersion === resourceVersion);
}

async function takeOut({ team, world }: Scene): Promise<void> {
  await world.cluster.remove('SecretReference', 'db', team.namespace);
  const reference = () => world.cluster.read('SecretReference', 'db', team.namespace);
  await until('the reference to go', async () => (await reference()) === undefined);
}

async function vanish({ team, world }: Scene): Promise<void> {
  await deleteSecret(world.bao, `${team.namespace}/db`, 'metadata');
  await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  await team.until('db', 'the rotation failed', ({ status }) => status?.rotation?.lastHandled === 'token-1');
  await team.failing('db', 'KeyNotFound');
  await until('the Secret to go', async () => (await team.secret('db')) === undefined);
}

async function comeBack({ team }: Scene): Promise<void> {
  await team.put('db', second);
  await ask({ team }, 'token-2');
  await team.synced('db');
}

async function rename({ team }: Scene, from: string, to: string): Promise<void> {
  const metadata = { annotations: { 'shearline.dev/rotate': `to-${to}` } };
  await team.refer('db', { dataFrom: [team.extract('db')], target: { name: to } }, metadata);
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === `to-${to}`);
  await team.until('db', 'the target moved', ({ status }) => status?.target?.name === to);
  await team.synced('db');
  await until('the former target to go', async () => (await team.secret(from)) === undefined);
}
