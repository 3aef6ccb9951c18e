import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../src/api/kinds.ts';
import { startWorld, type TeamWithValue, type World } from '../scenarios/world.ts';
import { until } from '../servers/process.ts';
import { readPage, shellFor } from './shell.ts';

jest.setTimeout(300_000);

/** docs/operate.md, followed to the letter, from the installation in docs/install.md to the end of all. */
const install = await readPage('docs/install.md');
const { sections, notRun } = await readPage('docs/operate.md');
const names = ['warehouse', 'archive', 'spark-password'];
const crds = kinds.map(({ plural, group }) => `${plural}.${group}`);

let directory: string;
let world: World;
let etl: TeamWithValue;
let shell: (line: string) => Promise<string>;
const played = new Set<string>();

/** Runs the commands of a section that match, in their order, and answers what they printed. */
async function play(section: string, which = /./): Promise<string> {
  const lines = (sections.get(section) ?? []).filter(line => which.test(line));
  expect(lines).not.toEqual([]);
  let said = '';
  for (const line of lines) said += await shell(line);
  for (const line of lines) played.add(line);
  return said;
}

beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-operate-`);
  world = await startWorld({
    install: async controlPlane => {
      shell = shellFor(controlPlane, directory);
      for (const line of install.sections.get('Helm') ?? []) await shell(line);
      return [];
    },
  });
  etl = await world.teamWithValue('etl');
  for (const [key, value] of Object.entries({ warehouse: 'password', archive: 'key', spark: 'secret' }))
    await etl.put(key, { [value]: etl.password });
  await declare();
});
afterAll(async () => {
  await world?.stop();
  await rm(directory, { recursive: true });
});

/** One reference of each creationPolicy: samples as they are. */
async function declare(): Promise<void> {
  for (const sample of ['smallest', 'orphan', 'merge']) {
    const documents = parseAllDocuments(await readFile(`deploy/samples/reference-${sample}.yaml`, 'utf8'));
    for (const document of documents) await world.cluster.apply(document.toJS());
  }
  for (const name of names) await etl.synced(name);
}

const uidOf = async (name: string) => (await etl.secret(name))?.metadata.uid;
const stamps = async () =>
  Promise.all(
    ['warehouse', 'archive', 'spark-defaults'].map(async name => (await etl.secret(name))?.metadata.resourceVersion),
  );
const mergedKeys = async () => Object.keys((await etl.secret('spark-defaults'))?.text ?? {}).toSorted();
const own = ['spark.ui.enabled'];
const withOurs = ['spark.authenticate.secret', 'spark.ui.enabled'];

test('Upgrade and rollback write no Secret', async () => {
  const before = await stamps();
  await play('Upgrade', /^helm (upgrade|rollback)/);
  await world.operator.stop();
  await world.operator.start();
  await etl.rotate('warehouse', 'after-upgrade');
  expect(await stamps()).toEqual(before);
});

test('Troubleshooting shows what there is', async () => {
  const shown = await play('Troubleshooting');
  expect(shown).toMatch(/^etl +warehouse +vault +warehouse +1 +True +Synced/m);
  expect(shown).toMatch(/^clustersecretsource\S+ +vault/m);
  expect(shown.match(/spark-password/g)).toHaveLength(2);
});

test('a reference takes its Secret with it, but for Orphan; Merge takes its keys out', async () => {
  await play('Back up');
  for (const name of names) await world.kubectl('delete', 'sref', name, '--namespace=etl');
  await until('the owned Secret to go', async () => (await etl.secret('warehouse')) === undefined, 120_000);
  expect([await mergedKeys(), (await etl.secret('archive'))?.text]).toEqual([own, { key: etl.password }]);
});

test('what was backed up makes all Secrets again', async () => {
  await play('Restore');
  expect([await mergedKeys(), (await etl.secret('warehouse'))?.text]).toEqual([withOurs, { password: etl.password }]);
});

test('restored once more, it names each object that is there with a Conflict, and changes none', async () => {
  const before = await stamps();
  await etl.rotate('warehouse', 'since');
  const said = await play('Restore', /apply/).catch((problem: Error) => problem.message);
  expect(said.match(/the object has been modified/g)?.length).toBeGreaterThanOrEqual(1);
  expect((await etl.reference('warehouse')).status?.rotation?.lastHandled).toBe('since');
  expect(await stamps()).toEqual(before);
});

test('a Secret that comes back with its old owner is collected', async () => {
  await world.operator.stop();
  const owner = (await etl.secret('warehouse'))?.metadata.ownerReferences[0];
  await world.cluster.remove('Secret', 'warehouse', 'etl');
  const formerly = { ...owner, uid: '0f1e2d3c-0000-4000-8000-000000000000' };
  const metadata = { name: 'warehouse', namespace: 'etl', ownerReferences: [formerly] };
  await world.cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata });
  await until('the Secret to go', async () => (await etl.secret('warehouse')) === undefined, 120_000);
  await world.operator.start();
  await etl.secretThat('warehouse', 'to be made again', ({ text }) => text.password === etl.password);
});

test('Uninstall: the Merge goes first, then the operator, and what is left is whole', async () => {
  await play('Uninstall', /^kubectl get sref/);
  expect(await mergedKeys()).toEqual(own);
  await world.operator.stop();
  const before = await stamps();
  await play('Uninstall', /helm uninstall/);
  expect(await stamps()).toEqual(before);
  expect(await shell('kubectl get sref --namespace etl --output name')).toBe(
    'secretreference.shearline.dev/archive\nsecretreference.shearline.dev/warehouse\n',
  );
});

test('all of ours goes, and the Secrets stay', async () => {
  const before = [await uidOf('warehouse'), await uidOf('archive')];
  await play('Uninstall', /cascade=orphan|delete crd/);
  expect(await shell('kubectl get crd --output name')).toBe('');
  expect([await uidOf('warehouse'), await uidOf('archive')]).toEqual(before);
  expect((await etl.secret('warehouse'))?.metadata.ownerReferences).toEqual([]);
});

test('installed again by plain YAML, references of the same names take their Secrets over', async () => {
  const before = await uidOf('warehouse');
  for (const line of install.sections.get('Plain YAML') ?? []) await shell(line);
  await world.operator.start();
  await play('Restore');
  expect(await uidOf('warehouse')).toBe(before);
  expect((await etl.secret('warehouse'))?.metadata.ownerReferences).toHaveLength(1);
});

test('what plain YAML installed goes on under Helm', async () => {
  const before = await stamps();
  await play('Upgrade', /take-ownership/);
  expect(await stamps()).toEqual(before);
});

test('with the CRD go all Secrets that a reference owns; Merge without an operator hangs until it is let go', async () => {
  await world.operator.stop();
  await world.kubectl('delete', 'crd', ...crds, '--wait=false');
  const guest = async () => (await etl.reference('spark-password')).metadata.deletionTimestamp;
  await until('the reference to be Terminating', async () => (await guest()) !== undefined);
  await until('the owned Secret to go', async () => (await etl.secret('warehouse')) === undefined, 120_000);
  await play('Uninstall', /^kubectl .* patch sref/);
  await until('the CRDs to go', async () => (await shell('kubectl get crd --output name')) === '', 120_000);
  expect(await mergedKeys()).toEqual(withOurs);
  expect((await etl.secret('archive'))?.text).toEqual({ key: etl.password });
});

test('an operator goes without a trace, and without Helm', async () => {
  await play('Uninstall', /^kubectl delete (namespace|clusterrole)/);
  const kinds = 'all,crd,clusterrole,clusterrolebinding,validatingadmissionpolicy,validatingadmissionpolicybinding';
  const left = `kubectl get ${kinds} --all-namespaces --selector app.kubernetes.io/instance=shearline --output name`;
  expect(await shell(left)).toBe('');
});

test('every command of the page was run, but those that need pods', () => {
  expect([...sections.values()].flat().filter(line => !played.has(line))).toEqual([]);
  expect(notRun).toEqual([
    'kubectl --namespace shearline-system rollout status deployment/shearline',
    'kubectl --namespace shearline-system logs deployment/shearline',
  ]);
});
