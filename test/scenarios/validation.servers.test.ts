import { createServer, type Server } from 'node:https';
import { afterAll, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { byChart } from '../chart/release.ts';
import { issueCertificate } from '../servers/certificates.ts';
import { ownAddress } from '../servers/own-address.ts';
import { freePort } from '../servers/ports.ts';
import { until } from '../servers/process.ts';
import { storeCa } from './manifests.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

/** The Job controller, the quota and RBAC are real. There is no kubelet: the test says what became of a pod. */

const world = useWorld({
  install: byChart({ rotation: { enabled: true } }),
});

const template = { spec: { containers: [{ name: 'try', image: 'example.com/try', command: ['try'] }] } };
const byJob = (timeout = '5m') => ({ validate: { timeout, job: { template, env: true } } });

interface Judged extends Team {
  readonly before: string;
}

/** A reference `db` that serves its first value, which nobody had to judge, and a second one in the store. */
async function judged(namespace: string, rotation: object): Promise<Judged> {
  const team = await world().teamWithValue(namespace);
  await team.refer('db', { dataFrom: [team.extract('db')], rotation });
  await team.synced('db');
  return { ...team, before: team.password };
}

async function newValue(team: Team, token: string): Promise<string> {
  const password = secretValue(token);
  await team.put('db', { password });
  await team.annotate('db', { 'shearline.dev/rotate': token });
  return password;
}

const answered = async (team: Team, token: string) =>
  (await team.until('db', `the answer to ${token}`, ({ status }) => status?.rotation?.lastHandled === token)).status
    ?.rotation;
const served = async (team: Team) => (await team.secret('db'))?.text.password;

const kubectl = (team: Team, ...args: readonly string[]) => world().kubectl('-n', team.namespace, ...args);
const field = (team: Team, object: string, path: string) =>
  kubectl(team, 'get', object, '--ignore-not-found', '-o', `jsonpath={${path}}`);

/** What the record of a run says, as soon as it says that reason. */
async function saysOf(team: Team, record: string, reason: string): Promise<string> {
  await until(`SecretRotation ${record} to say ${reason}`, async () =>
    (await field(team, `secretrotation/${record}`, '.status.reason')).includes(reason),
  );
  return field(team, `secretrotation/${record}`, '.status.message');
}

/** The next look may be a minute away. */
const lookAgain = (team: Team) =>
  kubectl(team, 'patch', 'secretrotation/db-1', '--type=merge', '-p', '{"metadata":{"labels":{"look":"again"}}}');

/** What the kubelet would write of the only pod of a Job. */
async function podBecomes(team: Team, job: string, status: object): Promise<void> {
  const pod = () => kubectl(team, 'get', 'pods', '-l', `batch.kubernetes.io/job-name=${job}`, '-o', 'name');
  await until(`a pod of ${job}`, async () => (await pod()) !== '');
  await kubectl(team, 'patch', (await pod()).trim(), '--subresource=status', '-p', JSON.stringify({ status }));
}

test('what a Job refuses reaches no consumer; what it accepts is published, and its Job goes later', async () => {
  const team = await judged('judged-by-job', byJob());
  await newValue(team, 't1');
  await podBecomes(team, 'db-1-validate', { phase: 'Failed' });
  expect(await answered(team, 't1')).toMatchObject({ result: 'Failed' });
  expect(await saysOf(team, 'db-1', 'JobFailed')).toContain('kubectl logs -n judged-by-job job/db-1-validate');
  expect(await served(team)).toBe(team.before);
  expect(await field(team, 'job/db-1-validate', '.spec.ttlSecondsAfterFinished')).toBe('86400');

  const good = await newValue(team, 't2');
  await podBecomes(team, 'db-2-validate', { phase: 'Succeeded' });
  expect(await answered(team, 't2')).toMatchObject({ result: 'Rotated', lastSucceeded: 't2' });
  expect(await served(team)).toBe(good);
  expect(await field(team, 'job/db-2-validate', '.spec.ttlSecondsAfterFinished')).toBe('600');
  expect((await world().audits.writes('judged-by-job')).filter(each => each.includes(' jobs/'))).toEqual([
    'create jobs/db-1-validate',
    'patch jobs/db-1-validate',
    'create jobs/db-2-validate',
    'patch jobs/db-2-validate',
  ]);
});

test('an image that cannot be pulled fails the run after half of its time', async () => {
  const team = await judged('judged-without-image', byJob('10s'));
  await newValue(team, 't1');
  const waiting = { reason: 'ImagePullBackOff', message: 'CANARY' };
  const containerStatuses = [
    { name: 'try', state: { waiting }, ready: false, restartCount: 0, image: '', imageID: '' },
  ];
  await podBecomes(team, 'db-1-validate', { phase: 'Pending', containerStatuses });
  expect(await answered(team, 't1')).toMatchObject({ result: 'Failed' });
  expect(await saysOf(team, 'db-1', 'ImagePullFailed')).toContain('container try cannot be pulled');
  expect(await served(team)).toBe(team.before);
});

test('a Job that never ends is ended by Kubernetes, and the run with it', async () => {
  const team = await judged('judged-for-ever', byJob('10s'));
  await newValue(team, 't1');
  expect(await answered(team, 't1')).toMatchObject({ result: 'Failed' });
  expect(await saysOf(team, 'db-1', 'DeadlineExceeded')).toContain('did not end within timeout');
  expect(await served(team)).toBe(team.before);
});

test('a full quota is waited for, and then the Job is made', async () => {
  const team = await judged('judged-in-quota', byJob());
  await kubectl(team, 'create', 'quota', 'full', '--hard=count/jobs.batch=0');
  await until('the quota to count', async () => (await field(team, 'quota/full', '.status.hard')) !== '');
  const good = await newValue(team, 't1');
  expect(await saysOf(team, 'db-1', 'QuotaExceeded')).toContain('make room for a Job');
  await kubectl(team, 'delete', 'quota', 'full');
  await podBecomes(team, 'db-1-validate', { phase: 'Succeeded' });
  expect(await answered(team, 't1')).toMatchObject({ result: 'Rotated' });
  expect(await served(team)).toBe(good);
});

test('a quota that has no room for the revision, or for the record, is named by the reference, and waited for', async () => {
  const team = await judged('judged-in-no-room', byJob());
  const full = async (resource: string) => {
    await kubectl(team, 'create', 'quota', 'full', `--hard=count/${resource}=0`);
    await until('the quota to count', async () => (await field(team, 'quota/full', '.status.hard')) !== '');
  };
  await full('secrets');
  await newValue(team, 't1');
  expect(await team.failing('db', 'TargetWriteRefused')).toContain(
    'a ResourceQuota refuses Secret judged-in-no-room/db-r2',
  );
  expect(await served(team)).toBe(team.before);
  await kubectl(team, 'delete', 'quota', 'full');
  await full('secretrotations.shearline.dev');
  const good = await newValue(team, 't2');
  expect(await team.event('db', 'RecordRefused')).toContain(
    'create secretrotations in namespace judged-in-no-room: a ResourceQuota',
  );
  expect(await served(team)).toBe(team.before);
  await kubectl(team, 'delete', 'quota', 'full');
  await podBecomes(team, 'db-1-validate', { phase: 'Succeeded' });
  expect(await answered(team, 't2')).toMatchObject({ result: 'Rotated' });
  expect(await served(team)).toBe(good);
});

test('a template that reads the live Secret is refused with the reference, and the Secret stays', async () => {
  const team = await judged('judged-by-itself', byJob());
  const volumes = [{ name: 'v', secret: { secretName: 'db' } }];
  const job = { env: true, template: { spec: { ...template.spec, volumes } } };
  await team.refer('db', { dataFrom: [team.extract('db')], rotation: { validate: { job } } });
  expect(await team.failing('db', 'InvalidSpec')).toContain('reads the Secret db, which has the values before');
  expect(await served(team)).toBe(team.before);
});

let service: Server | undefined;
afterAll(() => void service?.close());

test('a service is told names, and says what is published', async () => {
  const { certificate, key } = await issueCertificate(world().controlPlane.authority, {
    commonName: 'checker',
    sans: [ownAddress()],
  });
  const asked: string[] = [];
  const answers = [422, 503, 204];
  service = createServer({ cert: certificate, key }, (request, response) => {
    request.on('data', chunk => asked.push(`${request.method} ${request.url} ${chunk}`));
    request.on('end', () => response.writeHead(answers.shift() ?? 500).end('CANARY'));
  });
  const port = await freePort();
  await new Promise<void>(resolve => service?.listen(port, ownAddress(), resolve));
  const url = `https://${ownAddress()}:${port}/try`;
  const team = await judged('judged-by-http', { validate: { http: { url, caBundle: storeCa } } });
  await newValue(team, 't1');
  expect(await answered(team, 't1')).toMatchObject({ result: 'Failed' });
  expect(await saysOf(team, 'db-1', 'ValidationRefused')).toContain('answered 422');
  expect(await served(team)).toBe(team.before);
  const good = await newValue(team, 't2');
  expect(await answered(team, 't2')).toMatchObject({ result: 'Rotated' });
  expect(await served(team)).toBe(good);
  const body = (run: string, candidate: string) =>
    `POST /try ${JSON.stringify({ namespace: 'judged-by-http', reference: 'db', run, target: 'db', candidate, previous: 'db-r1' })}`;
  expect(asked).toEqual([body('db-1', 'db-r2'), body('db-2', 'db-r3'), body('db-2', 'db-r3')]);
});

const holdFor = (kind: string, rest: object = {}) => ({
  hold: { while: [{ kind, selector: { matchLabels: { app: 'nightly' } } }], maxHold: '1h', ...rest },
});

test('a newer value waits while a pod and a Job run, and is published when they have ended', async () => {
  const both = { while: [...holdFor('Pod').hold.while, ...holdFor('Job').hold.while], maxHold: '1h' };
  const team = await judged('held-for-work', { hold: both });
  const pod = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'example.com/c' }] };
  const labels = { app: 'nightly' };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'nightly', labels },
    spec: { template: { spec: pod } },
  };
  const alone = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'driver', labels }, spec: pod };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [job, alone] });
  await world().controlPlane.kubectl(['-n', team.namespace, 'create', '-f', '-'], { input });
  const good = await newValue(team, 't1');
  expect(await saysOf(team, 'db-1', 'ConsumersRunning')).toBe('waits for Pod driver, Job nightly to end');
  await kubectl(team, 'patch', 'pod/driver', '--subresource=status', '-p', '{"status":{"phase":"Succeeded"}}');
  await until('the Job alone', async () => (await saysOf(team, 'db-1', '')) === 'waits for Job nightly to end');
  expect(await served(team)).toBe(team.before);
  await podBecomes(team, 'nightly', { phase: 'Succeeded' });
  expect(await answered(team, 't1')).toMatchObject({ result: 'Rotated' });
  expect(await served(team)).toBe(good);
});

test('without the CRD of SparkApplications nobody knows, so it waits; with it, for what runs', async () => {
  const team = await judged('held-for-spark', holdFor('SparkApplication'));
  const good = await newValue(team, 't1');
  expect(await saysOf(team, 'db-1', 'KindNotServed')).toContain('install the Spark operator');
  const { input, application } = sparkOperator(team.namespace);
  await world().controlPlane.kubectl(['apply', '-f', '-'], { input });
  await kubectl(team, 'wait', '--for=condition=Established', 'crd/sparkapplications.sparkoperator.k8s.io');
  await world().controlPlane.kubectl(['create', '-f', '-'], { input: application });
  await lookAgain(team);
  expect(await saysOf(team, 'db-1', 'ConsumersRunning')).toBe('waits for SparkApplication nightly to end');
  const ended = JSON.stringify({ status: { applicationState: { state: 'COMPLETED' } } });
  await kubectl(team, 'patch', 'sparkapplication/nightly', '--type=merge', '--subresource=status', '-p', ended);
  await team.secretThat('db', 'the new value', ({ text }) => text.password === good);
}, 120_000);

/** The names are those of kubeflow's operator; it is not here, so nobody runs anything. */
function sparkOperator(namespace: string) {
  const [group, version] = ['sparkoperator.k8s.io', 'v1beta2'];
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const names = { kind: 'SparkApplication', plural: 'sparkapplications', singular: 'sparkapplication' };
  const versions = [{ name: version, served: true, storage: true, schema, subresources: { status: {} } }];
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `sparkapplications.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: { group, names, scope: 'Namespaced', versions },
  };
  const metadata = { name: 'nightly', namespace, labels: { app: 'nightly' } };
  const application = { apiVersion: `${group}/${version}`, kind: names.kind, metadata, spec: {} };
  return { input: JSON.stringify(crd), application: JSON.stringify(application) };
}

test('without the right to make Jobs the record has the rule, and with it the run goes on', async () => {
  const team = await judged('judged-without-right', byJob());
  const role = JSON.parse(await world().kubectl('get', 'clusterrole/shearline', '-o', 'json'));
  const rules: readonly { readonly resources: readonly string[] }[] = role.rules;
  const without = rules.filter(({ resources }) => !resources.includes('jobs'));
  const become = (rules: unknown) =>
    world().kubectl('patch', 'clusterrole/shearline', '--type=merge', '-p', JSON.stringify({ rules }));
  await become(without);
  const good = await newValue(team, 't1');
  expect(await saysOf(team, 'db-1', 'RbacMissing')).toContain(
    'set rotation.enabled in its chart, which allows {apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"]}',
  );
  expect(await served(team)).toBe(team.before);
  await become(rules);
  await lookAgain(team);
  await podBecomes(team, 'db-1-validate', { phase: 'Succeeded' });
  expect(await answered(team, 't1')).toMatchObject({ result: 'Rotated' });
  expect(await served(team)).toBe(good);
}, 120_000);
