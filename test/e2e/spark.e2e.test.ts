import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import type { Team } from '../scenarios/team.ts';
import { until } from '../servers/process.ts';
import { useInstalled } from './installed.ts';
import { importImage } from './lab/containerd.ts';
import { withImage } from './lab/images.ts';
import { sparkImage } from './spark/image.ts';
import { applyPinned, driverOf, executorsLikeThose, loseAnExecutor, submitPinned } from './spark/pinned.ts';
import { startPostgres, type Warehouse } from './spark/postgres.ts';
import { applyRecipe, type Result, submitInCluster, submitWithSecretProperties } from './spark/submit.ts';
import { startJudged } from './spark/validated.ts';

const installed = useInstalled('Helm 4', ['--set', 'pinning.enabled=true,rotation.enabled=true']);
/** Each of the second's characters means something to one of those who read it: properties files, shells, URLs, SQL, JSON. */
const passwords = [secretValue(), `${secretValue()} #:=!%@/?&"'\\{}$ü`] as const;
const [first, second] = passwords;

let team: Team;
let warehouse: Warehouse;

beforeAll(async () => {
  await withImage(sparkImage, importImage);
  team = await installed().team('etl');
  await team.put('warehouse', { password: first });
  await applyRecipe(installed());
  await team.synced('warehouse');
  warehouse = await startPostgres(installed(), 'etl', first);
}, 400_000);

test('spark-submit by the recipe: driver and two executors have the password as environment and file, and read PostgreSQL', async () => {
  expectAllToHave(first, await submitInCluster(installed(), 'nightly-1'));
}, 400_000);

test('a spark-defaults.conf that a template makes opens PostgreSQL for its job', async () => {
  expectAllToHave(first, await submitWithSecretProperties(installed(), 'catalog-1'));
}, 400_000);

test('no password is in a ConfigMap or in the spec of a pod that Spark made', async () => {
  const objects = await installed().kubectl('--namespace', 'etl', 'get', 'configmaps,pods,jobs', '--output=json');
  expect(objects).toContain('nightly-1-driver');
  expect(objects).not.toContain(first);
});

test('after the password is another in PostgreSQL and in OpenBao, one annotation is enough for the next jobs', async () => {
  await warehouse.sql(`alter role etl password '${second.replaceAll("'", "''")}'`);
  await team.put('warehouse', { password: second });
  expect(await Promise.all(passwords.map(warehouse.accepts))).toEqual([false, true]);
  expect((await team.rotate('warehouse', 't1')).status?.rotation?.result).toBe('Rotated');
  expectAllToHave(second, await submitInCluster(installed(), 'nightly-2'));
  expectAllToHave(second, await submitWithSecretProperties(installed(), 'catalog-2'));
}, 800_000);

test('an application that is pinned reads one version in every executor that it ever has, and the next application the newest', async () => {
  const [before, after] = [secretValue(), secretValue()];
  await team.put('warehouse', { password: before });
  await applyPinned(installed());
  await team.synced('warehouse-spark');
  await submitPinned(installed(), 'pinned-1', 'until-told');
  const nightly = driverOf(installed(), 'pinned-1');
  await nightly.untilExecutors(2);
  const id = await nightly.applicationId();

  const during = executorsLikeThose(installed(), 'during', id);
  await Promise.all([during.start(), loseAnExecutor(installed(), id), team.put('warehouse', { password: after })]);
  const { status } = await team.rotate('warehouse-spark', 't1');
  expect(status).toMatchObject({ target: { revision: 2 }, pins: { [id]: 1 } });
  await submitPinned(installed(), 'pinned-2', 'once');
  const later = executorsLikeThose(installed(), 'after', id);
  await Promise.all([later.start(), loseAnExecutor(installed(), id)]);

  // Two at the beginning, and one for each that was lost.
  await nightly.untilExecutors(4);
  await nightly.end();
  const next = driverOf(installed(), 'pinned-2');
  await next.untilEnded();
  expect(await nightly.read()).toEqual(new Set([digestOf(before)]));
  expect([await during.read(), await later.read()]).toEqual([new Set([digestOf(before)]), new Set([digestOf(before)])]);
  expect(await next.read()).toEqual(new Set([digestOf(after)]));
}, 800_000);

test('a password that PostgreSQL refuses in a Job reaches no consumer; the right one is published', async () => {
  const [before, wrong, right] = [secretValue(), secretValue(), secretValue()];
  const kubectl = (...args: readonly string[]) => installed().kubectl('--namespace', 'etl', ...args);
  /** A pod starts meanwhile, on a busy machine. */
  const judged = async (token: string) => {
    await team.annotate('judged', { 'shearline.dev/rotate': token });
    const answer = async () => (await team.reference('judged')).status?.rotation;
    await until(`the answer to ${token}`, async () => (await answer())?.lastHandled === token, 240_000);
    return answer();
  };
  const served = async () => (await team.secret('judged'))?.text.password;
  await warehouse.sql(`create role judged login password '${before}'`);
  await team.put('judged', { password: before });
  const consumer = await startJudged(installed(), team);

  await team.put('judged', { password: wrong });
  expect(await judged('t1')).toMatchObject({ result: 'Failed' });
  expect(await kubectl('logs', 'job/judged-1-validate')).toContain('password authentication failed for user "judged"');
  expect(await kubectl('get', 'secretrotation/judged-1', '--output=jsonpath={.status.reason}')).toBe('JobFailed');
  expect([await served(), await consumer.reads()]).toEqual([before, before]);

  await warehouse.sql(`alter role judged password '${right}'`);
  await team.put('judged', { password: right });
  expect(await judged('t2')).toMatchObject({ result: 'Rotated' });
  expect(await served()).toBe(right);
  await until('the right password in the file', async () => (await consumer.reads()) === right, 120_000);
  const keptFor = (job: string) => kubectl('get', `job/${job}`, '--output=jsonpath={.spec.ttlSecondsAfterFinished}');
  expect([await keptFor('judged-1-validate'), await keptFor('judged-2-validate')]).toEqual(['86400', '600']);
}, 500_000);

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Two executors are two pods, and all thousand orders were read. */
function expectAllToHave(password: string, { total, driver, executors }: Result): void {
  const digest = digestOf(password);
  const has = { env: digest, file: digest };
  expect({ total, driver, executors }).toMatchObject({ total: 1_001_000, driver: has, executors: [has, has] });
  expect(new Set([driver, ...executors].map(({ pod }) => pod)).size).toBe(3);
}
