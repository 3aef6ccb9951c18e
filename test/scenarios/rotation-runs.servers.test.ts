import { beforeAll, expect, test } from '@jest/globals';
import { parseSecretRotation, type SecretRotation } from '../../src/api/secret-rotation/secret-rotation.ts';
import { secretValue } from '../canary.ts';
import { byChart } from '../chart/release.ts';
import { until } from '../servers/process.ts';
import { conditionOf } from './objects.ts';
import { type TeamWithValue, useWorld } from './world.ts';

const world = useWorld({
  install: byChart({ rotation: { enabled: true, approverDiffers: true } }),
});

const rule = (resource: string, ...verbs: readonly string[]) => ({
  apiGroups: ['shearline.dev'],
  resources: [resource],
  verbs,
});

/** Everybody writes references and records; who may approve is the one difference. */
beforeAll(async () => {
  const people = { eve: ['get', 'list', 'patch'], ada: ['get', 'list', 'patch', 'approve'] };
  for (const [name, verbs] of Object.entries(people)) {
    const rules = [rule('secretreferences', 'get', 'list', 'patch'), rule('secretrotations', ...verbs)];
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
    await world().controlPlane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(role) });
    await world().kubectl('create', 'clusterrolebinding', name, `--clusterrole=${name}`, `--user=${name}`);
  }
  // A policy takes some seconds to be active.
  const team = await judged('runs-probe');
  const ask = () => annotate(team, 'eve', 'shearline.dev/rotate=t', 'shearline.dev/requested-by=ada');
  await until('the policy on requests', async () => (await refusal(ask())) !== undefined);
  await asked(team);
  await until('the policy on approval', async () => (await refusal(decide(team, 'eve'))) !== undefined);
}, 120_000);

/** In step with revision 1, and whatever is newer has to be approved. */
async function judged(namespace: string, rotation: object = {}): Promise<TeamWithValue> {
  const team = await world().teamWithValue(namespace);
  await team.refer('db', {
    dataFrom: [team.extract('db')],
    rotation: { approval: { required: true }, ...rotation },
  });
  await team.synced('db');
  return team;
}

const annotate = ({ namespace }: TeamWithValue, as: string, ...annotations: readonly string[]): Promise<string> =>
  world().kubectl('annotate', 'sref/db', '-n', namespace, '--overwrite', '--as', as, ...annotations);

/** The store gets a newer value, and eve asks for it: the run waits. Answers the value. */
async function asked(team: TeamWithValue, run = 1): Promise<string> {
  const password = secretValue(`${team.namespace}-${run}`);
  await team.put('db', { password });
  await annotate(team, 'eve', `shearline.dev/rotate=t${run}`, 'shearline.dev/requested-by=eve');
  await recordThat(team, run, 'to wait', ({ status }) => status?.reason === 'ApprovalPending');
  return password;
}

const decide = ({ namespace }: TeamWithValue, as: string, run = 1, decision = 'Approved', by = as): Promise<string> => {
  const patch = JSON.stringify({ spec: { approval: { decision, by } } });
  return world().kubectl('patch', 'srot', `db-${run}`, '-n', namespace, '--type=merge', '-p', patch, '--as', as);
};

/** What was said against it; undefined: it was done. */
const refusal = (done: Promise<string>): Promise<string | undefined> =>
  done.then(
    () => undefined,
    (problem: Error) => problem.message,
  );

const recordOf = async ({ namespace }: TeamWithValue, run: number): Promise<SecretRotation | undefined> => {
  const raw = await world().cluster.read('SecretRotation', `db-${run}`, namespace);
  return raw === undefined ? undefined : parseSecretRotation(raw);
};

async function recordThat(
  team: TeamWithValue,
  run: number,
  what: string,
  holds: (record: SecretRotation) => boolean,
): Promise<SecretRotation> {
  let found: SecretRotation | undefined;
  await until(`SecretRotation ${team.namespace}/db-${run} ${what}`, async () => {
    found = await recordOf(team, run);
    return found !== undefined && holds(found);
  });
  if (found === undefined) throw new Error('the record is gone');
  return found;
}

const passwordIn = async (team: TeamWithValue, name = 'db') => (await team.secret(name))?.text.password;
const served = async (team: TeamWithValue) => [
  await passwordIn(team),
  (await team.reference('db')).status?.target?.revision,
];

test('a newer value reaches nobody before it is approved, and then exactly that one, although the store has moved on', async () => {
  const team = await judged('runs-approved');
  const second = await asked(team);
  expect(await served(team)).toEqual([team.password, 1]);
  expect(await passwordIn(team, 'db-r2')).toBe(second);
  const waits = await team.reference('db');
  expect(waits.status?.rotation).toBeUndefined();
  expect(conditionOf(waits, 'Synced')).toMatchObject({ status: 'True', reason: 'RotationPending' });
  await team.put('db', { password: secretValue('third') });
  await decide(team, 'ada');
  const { status } = await team.until('db', 't1', each => each.status?.rotation?.lastSucceeded === 't1');
  expect(await served(team)).toEqual([second, 2]);
  expect(status).toMatchObject({ rotation: { result: 'Rotated' }, remote: [{ version: '2' }], runs: 1 });
  expect(status).not.toHaveProperty('candidate');
  expect(await recordOf(team, 1)).toMatchObject({
    spec: { value: { requestedBy: 'eve', token: 't1', approval: { by: 'ada' } } },
    status: { result: 'Rotated', from: 1, to: 2, stages: [{ name: 'Approval' }, { name: 'Publish' }] },
  });
  const columns = await world().kubectl('get', 'srot', '-n', team.namespace, '--no-headers');
  expect(columns.split(/\s+/).slice(0, 6)).toEqual(['db-1', 'db', '2', 'Publish', 'Rotated', 'Synced']);
  expect((await world().audits.writes(team.namespace)).slice(3)).toEqual([
    'create secrets/db-r2',
    'patch secretreferences/db/status',
    'create secretrotations/db-1',
    'patch secretrotations/db-1/status',
    'patch secretrotations/db-1/status',
    'update secrets/db',
    'patch secretreferences/db/status',
    'patch secretrotations/db-1/status',
    'patch secretreferences/db/status',
  ]);
});

test('who approves has the verb, writes their own name, and is not who asked', async () => {
  const team = await judged('runs-refused');
  await asked(team);
  const says = [
    ['eve', 'eve', 'eve lacks the verb "approve" on SecretRotation db-1'],
    ['ada', 'eve', 'spec.approval.by has to be ada, who writes it'],
  ] as const;
  for (const [as, by, text] of says) expect(await refusal(decide(team, as, 1, 'Approved', by))).toContain(text);
  expect(await refusal(annotate(team, 'eve', 'shearline.dev/rotate=t2', 'shearline.dev/requested-by=ada'))).toContain(
    'annotation shearline.dev/requested-by has to be eve',
  );
  expect(await refusal(annotate(team, 'ada', 'shearline.dev/requested-by-'))).toContain('somebody else has to approve');
  await annotate(team, 'ada', 'shearline.dev/rotate=t2', 'shearline.dev/requested-by=ada');
  await recordThat(team, 2, 'to wait', ({ status }) => status?.reason === 'ApprovalPending');
  expect(await refusal(decide(team, 'ada', 2))).toContain('ada asked for this rotation');
  expect((await recordOf(team, 1))?.status?.result).toBe('Superseded');
  await decide(team, 'ada', 2, 'Denied');
  await recordThat(team, 2, 'to end', ({ status }) => status?.reason === 'ApprovalDenied');
  expect(await served(team)).toEqual([team.password, 1]);
});

test('what was denied stays away until somebody asks again; what nobody had judged makes way for what is newer', async () => {
  const team = await judged('runs-denied');
  const second = await asked(team);
  await decide(team, 'ada', 1, 'Denied');
  const { status } = await team.until('db', 't1', each => each.status?.rotation?.lastHandled === 't1');
  expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'ApprovalDenied' });
  expect(status?.rotation?.lastSucceeded).toBeUndefined();
  expect(await served(team)).toEqual([team.password, 1]);
  expect(await team.event('db', 'RotationFailed')).toContain('revision 2 is not served');
  expect(await refusal(decide(team, 'ada', 1))).toContain('approval cannot be changed');
  await annotate(team, 'eve', 'shearline.dev/rotate=again', 'shearline.dev/requested-by=eve');
  await recordThat(team, 2, 'to wait', each => each.status?.reason === 'ApprovalPending');
  expect((await team.reference('db')).status?.candidate?.revision).toBe(2);
  const third = await asked(team, 3);
  await recordThat(team, 2, 'to make way', each => each.status?.result === 'Superseded');
  await decide(team, 'ada', 2);
  await decide(team, 'ada', 3);
  await team.until('db', 't3', each => each.status?.rotation?.lastSucceeded === 't3');
  expect(await served(team)).toEqual([third, 3]);
  expect(await passwordIn(team, 'db-r2')).toBe(second);
});

test('the page of metrics says how many runs wait for approval, and how they ended', async () => {
  const team = await judged('runs-metered');
  const approvals = 'rotation_runs_waiting{stage="Approval"}';
  const [waiting, failed] = [await metered(approvals), await metered('rotation_runs_total{result="Failed"}')];
  await asked(team);
  await until('the run to be counted', async () => (await metered(approvals)) === waiting + 1);
  await decide(team, 'ada', 1, 'Denied');
  await team.until('db', 't1', each => each.status?.rotation?.lastHandled === 't1');
  expect(await metered(approvals)).toBe(waiting);
  expect(await metered('rotation_runs_total{result="Failed"}')).toBe(failed + 1);
});

/** NaN: there is no such series. */
const metered = async (series: string): Promise<number> => {
  const page = await world().operator.metrics();
  return Number(
    page
      .split('\n')
      .find(line => line.startsWith(`shearline_${series} `))
      ?.split(' ')[1],
  );
};

test('a run goes on where the operator was killed, is published once, and old records go', async () => {
  const team = await judged('runs-killed', { history: 1 });
  const second = await asked(team);
  await world().operator.kill();
  await decide(team, 'ada');
  await world().operator.start();
  await team.until('db', 't1', each => each.status?.rotation?.lastSucceeded === 't1');
  expect(await served(team)).toEqual([second, 2]);
  const updates = (await world().audits.writes(team.namespace)).filter(write => write === 'update secrets/db');
  expect(updates).toHaveLength(1);
  for (const run of [2, 3]) {
    const password = await asked(team, run);
    await decide(team, 'ada', run);
    await team.until('db', `t${run}`, each => each.status?.rotation?.lastSucceeded === `t${run}`);
    expect(await passwordIn(team)).toBe(password);
  }
  await until('old records to go', async () => (await recordOf(team, 2)) === undefined);
  expect([await recordOf(team, 1), (await recordOf(team, 3))?.status?.result]).toEqual([undefined, 'Rotated']);
});

test('repairs and edits do not wait, and put back what is served', async () => {
  const team = await judged('runs-repaired');
  await asked(team);
  await world().cluster.remove('Secret', 'db', team.namespace);
  await team.secretThat('db', 'back as it was', ({ text }) => text.password === team.password);
  await team.tamper('db', { stringData: { password: 'theirs' } });
  await team.secretThat('db', 'repaired', ({ text }) => text.password === team.password);
  await team.refer('db', {
    dataFrom: [team.extract('db')],
    rotation: { approval: { required: true } },
    target: { labels: { edited: 'yes' } },
  });
  const edited = await team.secretThat('db', 'edited', ({ metadata }) => metadata.labels.edited === 'yes');
  expect(edited.text.password).toBe(team.password);
  await team.until(
    'db',
    'the same run',
    ({ metadata, status }) => status?.candidate?.generation === metadata.generation,
  );
  expect((await team.reference('db')).status?.candidate).toMatchObject({ run: 1, revision: 2 });
});
