import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { kinds } from '../../src/api/kinds.ts';
import { type Operator, startOperator } from '../scenarios/operator.ts';
import { type ControlPlane, startControlPlane } from '../servers/control-plane.ts';
import { until } from '../servers/process.ts';
import { releaseOn } from './release.ts';

/** What the operator finds when it starts and something is wrong: it says what, is not ready, does not end, and goes on by itself. */
let controlPlane: ControlPlane;
let operator: Operator;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  await releaseOn(controlPlane).install({ crds: { enabled: false }, metrics: { auth: true } });
}, 120_000);
afterAll(() => controlPlane.stop());
afterEach(() => operator.kill());

const start = async (flags: readonly string[] = []): Promise<void> => {
  operator = await startOperator(controlPlane, flags, {}, { started: 'livez' });
};
const readyz = () => operator.page('readyz');
const ready = () => until('the operator to be ready', async () => (await readyz()).status === 200, 60_000);

type Line = Readonly<Record<string, unknown>>;

/** What this run has logged. */
async function lines(): Promise<readonly Line[]> {
  const text = (await readFile(operator.log, 'utf8')).trimEnd();
  const all: readonly Line[] = text.split('\n').map(line => JSON.parse(line));
  return all.slice(all.findLastIndex(({ msg }) => msg === 'started'));
}

/** The lines that have a field which says so, once there is one. */
async function said(field: string, says: (value: unknown) => boolean = () => true): Promise<readonly Line[]> {
  const those = async () => (await lines()).filter(line => field in line && says(line[field]));
  await until(`${field} to be logged`, async () => (await those()).length > 0);
  return those();
}

describe('CustomResourceDefinitions', () => {
  const files = kinds.map(({ plural }) => `--filename=crds/${plural}.yaml`);

  test('that are missing are waited for, and named once', async () => {
    await start();
    const missing = kinds.map(({ kind }) => kind);
    expect(await said('missing')).toEqual([expect.objectContaining({ missing, level: 40 })]);
    expect((await readyz()).body).toBe('waiting for CustomResourceDefinitions of this version\n');
    await controlPlane.kubectl(['apply', '--server-side', ...files]);
    await ready();
    expect((await lines()).map(({ msg }) => msg)).toContain(
      'the cluster has the CustomResourceDefinitions of this version now',
    );
  }, 120_000);

  const renamed = (text: string) => text.replace('refreshInterval:', 'formerInterval:');
  const added = (text: string) => text.replace(/( +)refreshInterval:/, '$1ofTomorrow: {type: string}\n$&');

  test.each([
    ['older', renamed, 'SecretReference spec.refreshInterval'],
    ['newer', added, 'SecretReference spec.ofTomorrow'],
  ])(
    'that are %s are waited for, and the field is named',
    async (which, change, field) => {
      const text = await readFile('crds/secretreferences.yaml', 'utf8');
      const before = await published();
      await controlPlane.kubectl(['replace', '--filename=-'], { input: change(text) });
      await until('the change to be published', async () => (await published()) !== before);
      await start();
      const named = await said(which, value => JSON.stringify(value) !== '[]');
      expect(named).toEqual([expect.objectContaining({ [which]: [field], level: 40 })]);
      expect((await readyz()).body).toContain('waiting for CustomResourceDefinitions');
      await controlPlane.kubectl(['replace', '--filename=-'], { input: text });
      await ready();
      expect(operator.running()).toBe(true);
    },
    120_000,
  );

  /** The API server publishes a change a moment after it was made. */
  const published = () => controlPlane.kubectl(['get', '--raw', '/openapi/v3/apis/shearline.dev/v1alpha1']);
});

describe('RBAC that lacks a rule', () => {
  const role = ['clusterrole', 'shearline'];
  const setRules = (rules: readonly unknown[]) =>
    controlPlane.kubectl(['patch', ...role, '--type=merge', '--patch', JSON.stringify({ rules })]);

  test('is named by that rule, and waited for', async () => {
    const { rules } = Role.parse(JSON.parse(await controlPlane.kubectl(['get', ...role, '--output=json'])));
    await setRules(rules.filter(({ resources }) => !resources.includes('serviceaccounts')));
    await start();
    const rule = '{apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get", "list", "watch"]}';
    expect(await said('rule')).toEqual([expect.objectContaining({ rule })]);
    expect((await readyz()).body).toBe('waiting for the first list of serviceaccounts\n');
    await setRules(rules);
    await ready();
  }, 120_000);

  const Role = z.object({ rules: z.array(z.looseObject({ resources: z.array(z.string()) })) });
});

describe('/metrics behind RBAC', () => {
  const scrape = (token?: string) =>
    operator.page('metrics', token === undefined ? {} : { authorization: `Bearer ${token}` });

  test('is for those who may get it, and for nobody else', async () => {
    await controlPlane.kubectl(['create', 'serviceaccount', 'prometheus']);
    const account = { serviceAccount: 'prometheus', namespace: 'default' };
    await start(await releaseOn(controlPlane).flags());
    await ready();
    const forAnother = await controlPlane.token(account, { audiences: ['vault'] });
    for (const token of [undefined, 'of-nobody', forAnother])
      expect([token, await scrape(token)]).toMatchObject([token, { status: 401 }]);
    expect(await scrape(await controlPlane.token(account))).toMatchObject({ status: 403 });
    const bind = ['create', 'clusterrolebinding', 'prometheus', '--clusterrole=shearline-metrics-reader'];
    await controlPlane.kubectl([...bind, '--serviceaccount=default:prometheus']);
    const token = await controlPlane.token(account);
    await until('the right to hold', async () => (await scrape(token)).status === 200, 60_000);
    expect((await scrape(token)).body).toContain('shearline_leader');
  }, 120_000);
});
