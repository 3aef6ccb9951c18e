import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ProviderSession, ReadAnswer } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { apiServerAudit } from '../../servers/audit.ts';
import { until } from '../../servers/process.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { faultText, never } from '../wire.ts';
import { type Entrance, entrance } from './enter.ts';

const spec = { auth: { serviceAccountRef: { name: 'app' } } };
const label = 'shearline.dev/kubernetes-source';
let cluster: ConformanceCluster;
let door: Entrance;
let store: string;

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  door = entrance(cluster);
  store = `${cluster.home}-store`;
  await cluster.kubectl(['create', 'namespace', store]);
}, 60_000);
afterEach(() => door.close());
afterAll(() => cluster?.close());

const read = (session: ProviderSession, key: string, version?: string): Promise<ReadAnswer> =>
  session.read({ key, ...(version !== undefined && { version }) }, never);

async function textOf(session: ProviderSession, key: string): Promise<string | undefined> {
  const answer = await read(session, key);
  return answer.ok ? answer.value.value.revealText() : faultText(answer);
}

const apply = (...items: readonly object[]) =>
  cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });

/** The rule as a message has it to paste, given to the ServiceAccount of team-a. */
async function grant(name: string, rule: string): Promise<void> {
  const metadata = { name, namespace: store };
  const role = `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: ${JSON.stringify(metadata)}, rules: [${rule}]}`;
  await cluster.kubectl(['apply', '-f', '-'], { input: role });
  const account = `${cluster.namespace('team-a')}:app`;
  await cluster.kubectl(['-n', store, 'create', 'rolebinding', name, `--role=${name}`, `--serviceaccount=${account}`]);
}

const ruleIn = (message: string): string => /\{.*\}/.exec(message)?.[0] ?? 'no rule';

async function tokensMade(): Promise<number> {
  const entries = await apiServerAudit(cluster.controlPlane);
  const namespace = cluster.namespace('team-a');
  return entries.filter(({ objectRef }) => objectRef?.subresource === 'token' && objectRef.namespace === namespace)
    .length;
}

test('a ServiceAccount without the label is refused, and no token of it is made', async () => {
  const refused = await door.enter(spec);
  expect(faultText(refused)).toBe(
    `SourceInvalid: ClusterSecretSource clusters is entered as ServiceAccount ${cluster.namespace('team-a')}/app, which lacks the label ${label}: "true": its owner has to agree that sources use its rights in this cluster`,
  );
  expect(await tokensMade()).toBe(0);
});

describe('with the label', () => {
  beforeAll(async () => {
    await cluster.label('team-a', { [label]: 'true' });
    await apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'db', namespace: store },
        stringData: { password: canary },
        data: { 'keystore.jks': Buffer.from([0, 255, 254]).toString('base64') },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'map', namespace: store },
        data: { text: 'grüße', empty: '' },
        binaryData: { bytes: Buffer.from([255, 0]).toString('base64') },
      },
    );
  });

  test('RBAC decides, and the rule of the message is the one that is missing', async () => {
    const session = await door.session(spec);
    const denied = faultText(await read(session, `secrets/${store}/db/password`));
    expect(denied).toMatch(
      /^AccessDenied: the API server of this cluster does not let ServiceAccount .*\/app get secrets\//,
    );
    expect(faultText(await read(session, `secrets/${store}/nobody`))).toMatch(/^AccessDenied/);
    await grant('from-message', ruleIn(denied));
    await until('RBAC', async () => (await textOf(session, `secrets/${store}/db/password`)) === canary);
    expect(faultText(await read(session, `secrets/${store}/nobody`))).toMatch(/^AccessDenied/);
    expect(faultText(await read(session, `configmaps/${store}/map`))).toMatch(
      /^AccessDenied: .*resources: \[configmaps\]/,
    );
  });

  test('values arrive byte by byte, and what is not there is proved absent', async () => {
    await grant('all', '{apiGroups: [""], resources: [secrets, configmaps], verbs: [get, list]}');
    const session = await door.session(spec);
    await until('RBAC', async () => (await read(session, `configmaps/${store}/map/text`)).ok);
    const jks = await read(session, `secrets/${store}/db/keystore.jks`);
    expect(jks.ok && Buffer.from(jks.value.value.reveal())).toEqual(Buffer.from([0, 255, 254]));
    const bytes = await read(session, `configmaps/${store}/map/bytes`);
    expect(bytes.ok && Buffer.from(bytes.value.value.reveal())).toEqual(Buffer.from([255, 0]));
    expect(await textOf(session, `configmaps/${store}/map/empty`)).toBe('');
    expect(await textOf(session, `secrets/${store}/db`)).toBe(`{"password":"${canary}"}`);
    const whole = await read(session, `secrets/${store}/db`);
    expect(whole.ok && [...(whole.value.bytes ?? new Map()).keys()]).toEqual(['keystore.jks']);
    expect(await textOf(session, `secrets/${store}/nobody`)).toMatch(/^KeyNotFound/);
    expect(await textOf(session, `configmaps/${store}/map/nobody`)).toMatch(/^KeyNotFound/);
  });

  test('lists take no more rights than their prefix needs', async () => {
    const session = await door.session(spec);
    expect(await session.list?.({ prefix: `secrets/${store}/`, tags: {}, limit: 10 }, never)).toEqual({
      ok: true,
      value: [`secrets/${store}/db`],
    });
    const everywhere = await session.list?.({ prefix: 'secrets/', tags: {}, limit: 10 }, never);
    expect(everywhere && faultText(everywhere)).toMatch(/^AccessDenied: .* list secrets: bind it to a ClusterRole/);
  });

  test('the API server sees nobody but the ServiceAccount', async () => {
    const session = await door.session(spec);
    await read(session, `secrets/${store}/db/password`);
    const entries = await apiServerAudit(cluster.controlPlane);
    const readers = entries
      .filter(({ verb, objectRef }) => verb === 'get' && objectRef?.namespace === store && objectRef.name === 'db')
      .map(({ user }) => user.username);
    // `admin` is kubectl, which made the object.
    expect(new Set(readers.filter(name => name !== 'admin'))).toEqual(
      new Set([`system:serviceaccount:${cluster.namespace('team-a')}:app`]),
    );
  });

  test('a login ends with its ServiceAccount', async () => {
    const session = await door.session(spec);
    expect(await read(session, `secrets/${store}/db/password`)).toMatchObject({ ok: true });
    await cluster.kubectl(['-n', cluster.namespace('team-a'), 'delete', 'serviceaccount', 'app']);
    // The API server remembers a token that it took for ten seconds.
    await until('the end of the login', async () => {
      const answer = await read(session, `secrets/${store}/db/password`);
      return !answer.ok && answer.fault.kind === 'login-expired';
    });
  });
});
