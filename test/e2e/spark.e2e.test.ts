import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import type { Team } from '../scenarios/team.ts';
import { useInstalled } from './installed.ts';
import { importImage } from './lab/containerd.ts';
import { withImage } from './lab/images.ts';
import { sparkImage } from './spark/image.ts';
import { startPostgres, type Warehouse } from './spark/postgres.ts';
import { applyRecipe, type Result, submitInCluster, submitWithSecretProperties } from './spark/submit.ts';

const installed = useInstalled();
const passwords = [secretValue(), secretValue()] as const;
const [first, second] = passwords;

let team: Team;
let warehouse: Warehouse;

/** What OpenBao has: the password, and a whole spark-defaults.conf with it. */
async function store(password: string): Promise<void> {
  await team.put('warehouse', { password });
  await team.put('spark', { defaults: sparkDefaults(password) });
}

const sparkDefaults = (password: string) => `
spark.sql.catalog.dw org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog
spark.sql.catalog.dw.url jdbc:postgresql://postgres/dw
spark.sql.catalog.dw.driver org.postgresql.Driver
spark.sql.catalog.dw.user etl
spark.sql.catalog.dw.password ${password}
`;

beforeAll(async () => {
  await withImage(sparkImage, importImage);
  team = await installed().team('etl');
  await store(first);
  await applyRecipe(installed());
  await team.synced('warehouse');
  warehouse = await startPostgres(installed(), 'etl', first);
}, 400_000);

test('spark-submit by the recipe: driver and two executors have the password as environment and file, and read PostgreSQL', async () => {
  expectAllToHave(first, await submitInCluster(installed(), 'nightly-1'));
}, 400_000);

test('a spark-defaults.conf that is a Secret opens PostgreSQL for its job', async () => {
  expectAllToHave(first, await submitWithSecretProperties(installed(), 'catalog-1'));
}, 400_000);

test('no password is in a ConfigMap or in the spec of a pod that Spark made', async () => {
  const objects = await installed().kubectl('--namespace', 'etl', 'get', 'configmaps,pods,jobs', '--output=json');
  expect(objects).toContain('nightly-1-driver');
  expect(objects).not.toContain(first);
});

test('after the password is another in PostgreSQL and in OpenBao, one annotation is enough for the next jobs', async () => {
  await warehouse.sql(`alter role etl password '${second}'`);
  await store(second);
  expect(await Promise.all(passwords.map(warehouse.accepts))).toEqual([false, true]);
  expect((await team.rotate('warehouse', 't1')).status?.rotation?.result).toBe('Rotated');
  expectAllToHave(second, await submitInCluster(installed(), 'nightly-2'));
  expectAllToHave(second, await submitWithSecretProperties(installed(), 'catalog-2'));
}, 800_000);

/** Two executors are two pods, and all thousand orders were read. */
function expectAllToHave(password: string, { total, driver, executors }: Result): void {
  const digest = createHash('sha256').update(password).digest('hex');
  const has = { env: digest, file: digest };
  expect({ total, driver, executors }).toMatchObject({ total: 1_001_000, driver: has, executors: [has, has] });
  expect(new Set([driver, ...executors].map(({ pod }) => pod)).size).toBe(3);
}
