import * as z from 'zod';
import { canary } from '../canary.ts';
import { until } from '../servers/process.ts';
import { create, get, list, type RequestMatch, statusOf, update } from './match.ts';
import type { Scene, Story } from './story.ts';

/** What is found passes every stage: a Job tries it, somebody approves it, a pod ends, and a Deployment is restarted. */
export const judged = {
  title: 'a Secret whose newer values pass every stage',
  chapters: [
    { name: 'create', happens: begin },
    { name: 'try', happens: find },
    { name: 'judge', happens: judge },
    { name: 'approve', happens: approve },
    { name: 'publish', happens: letGo },
    // For what arrives when all is over.
    { name: 'rest', happens: async () => undefined },
  ],
} as const satisfies Story;

export type Chapter = (typeof judged.chapters)[number]['name'];

/** A request of a run, of which the n-th in a chapter is meant. */
export interface RunRequest {
  readonly what: string;
  readonly chapter: Chapter;
  readonly request: RequestMatch;
  readonly nth: number;
}

const at =
  (chapter: Chapter) =>
  (what: string, request: RequestMatch, nth = 1): RunRequest => ({ what, chapter, request, nth });
const [tries, judges, approves, publishes] = [at('try'), at('judge'), at('approve'), at('publish')];
const patch = (resource: string): RequestMatch => ({ verb: 'patch', resource, subresource: '' });
const record = statusOf('secretrotations');
const reference = statusOf('secretreferences');

/** Every write of a run. Of those to the status of its record there may be more, as the Job goes on. */
export const runWrites: readonly RunRequest[] = [
  tries('the revision', create('secrets')),
  tries('the candidate', reference),
  tries('the record', create('secretrotations')),
  tries('the Job', create('jobs')),
  tries('that it is tried', record),
  judges('that it was tried', record),
  approves('that it was approved', record),
  publishes('that it may be published', record),
  publishes('the Secret', update('secrets')),
  publishes('that it is published', reference),
  publishes('the restart', patch('deployments')),
  publishes('that it restarts', record, 2),
  publishes('that it has restarted', record, 3),
  publishes('how long the Job is kept', patch('jobs')),
  publishes('the end', record, 4),
  publishes('the answer', reference, 2),
];

/** What a run looks at. */
export const runReads: readonly RunRequest[] = [
  tries('the Job before it is made', get('jobs')),
  tries('the pods of the Job', list('pods')),
  judges('the Job', get('jobs')),
  approves('the work that it waits for', list('pods')),
  publishes('the revision', get('secrets')),
  publishes('the Deployment', get('deployments')),
];

const first = { password: `${canary}-1` };
const second = { password: `${canary}-2` };
const app = { app: 'nightly' };
const container = { name: 'c', image: 'example.com/c' };
const pods = { restartPolicy: 'Never', containers: [container] };

const rotation = {
  validate: { timeout: '5m', job: { template: { spec: { containers: [container] } }, env: true } },
  approval: { required: true },
  hold: { while: [{ kind: 'Pod', selector: { matchLabels: app } }], maxHold: '1h' },
  restart: [{ kind: 'Deployment', name: 'api' }],
  // Outlasts the story: no condition moves by time alone.
  overlap: '30d',
};

/** The Deployment wants no pods: there is no kubelet, and its controller is real. */
async function begin({ team, world: { cluster } }: Scene): Promise<void> {
  const { namespace } = team;
  const template = { metadata: { labels: { app: 'api' } }, spec: { containers: [container] } };
  await cluster.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace },
    spec: { replicas: 0, selector: { matchLabels: { app: 'api' } }, template },
  });
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'nightly', namespace, labels: app },
    spec: pods,
  });
  await team.put('db', first);
  await team.refer('db', { dataFrom: [team.extract('db')], rotation });
  await team.synced('db');
}

async function find(scene: Scene): Promise<void> {
  await scene.team.put('db', second);
  await scene.team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  await patiently('a pod of the Job', async () => (await podsOf(scene)).length > 0);
  // Not that it has no pod yet.
  await says(scene, 'Validating', /tries db-r2$/);
}

async function judge(scene: Scene): Promise<void> {
  for (const name of await podsOf(scene)) await succeeds(scene, name);
  await says(scene, 'ApprovalPending');
}

async function approve(scene: Scene): Promise<void> {
  const approval = { decision: 'Approved', by: 'admin' };
  await scene.world.cluster.patch('SecretRotation', 'db-1', scene.team.namespace, { spec: { approval } });
  await says(scene, 'ConsumersRunning');
}

async function letGo(scene: Scene): Promise<void> {
  const { team } = scene;
  await succeeds(scene, 'nightly');
  await patiently('the answer', async () => (await team.reference('db')).status?.rotation?.lastHandled === 'token-1');
  await team.synced('db');
}

const Named = z.object({ metadata: z.object({ name: z.string() }) });

const podsOf = async ({ team, world }: Scene): Promise<readonly string[]> =>
  (await world.cluster.list('Pod', team.namespace))
    .map(pod => Named.parse(pod).metadata.name)
    .filter(name => name.startsWith('db-1-validate'));

/** What the kubelet would write. */
const succeeds = ({ team, world }: Scene, pod: string): Promise<void> =>
  world.cluster.patch('Pod', `${pod}/status`, team.namespace, { status: { phase: 'Succeeded' } });

const Record = z
  .object({ status: z.object({ reason: z.string(), message: z.string() }).partial().optional() })
  .optional();

export async function says({ team, world }: Scene, reason: string, message = /./): Promise<void> {
  await patiently(`the run to say ${reason}`, async () => {
    const { status } = Record.parse(await world.cluster.read('SecretRotation', 'db-1', team.namespace)) ?? {};
    return status?.reason === reason && message.test(status.message ?? '');
  });
}

/** Somebody else may have to lead first. */
const patiently = (what: string, holds: () => Promise<boolean>): Promise<void> => until(what, holds, 90_000);
