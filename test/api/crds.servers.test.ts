import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kinds } from '../../src/api/kinds.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { httpRequest } from '../servers/http.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { clusterReferenceRows } from './cluster-reference-rows.ts';
import { providerRows } from './provider-rows.ts';
import { referenceRows } from './reference-rows.ts';
import type { Row } from './row.ts';
import { sourceRows } from './source-rows.ts';

let controlPlane: ControlPlaneAccess;
let authorization: string;
const namespace = `crds-${process.pid}`;

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  await kubectl('create', 'namespace', namespace);
  await kubectl('create', 'serviceaccount', 'tester', '-n', namespace);
  const subject = `--serviceaccount=${namespace}:tester`;
  await kubectl('create', 'clusterrolebinding', namespace, '--clusterrole=cluster-admin', subject);
  authorization = `Bearer ${await controlPlane.token({ serviceAccount: 'tester', namespace })}`;
  // Not structural, over the cost budget of rules or otherwise doubtful: the API server says so when they are applied.
  await kubectl('apply', '--server-side', '--warnings-as-errors', '-f', 'crds/');
  await kubectl('wait', '--for=condition=Established', ...kinds.map(({ plural, group }) => `crd/${plural}.${group}`));
}, 60_000);

afterAll(async () => {
  await kubectl('delete', 'clustersecretreference', 'row', '--ignore-not-found');
  await kubectl('delete', 'clusterrolebinding', namespace);
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

test.each([...referenceRows, ...clusterReferenceRows, ...sourceRows, ...providerRows])(
  '$kind: $title',
  async ({ kind, spec, refused }) => {
    const { status, message, spec: stored } = await send('POST', kind, { spec }, '?dryRun=All');
    if (refused === undefined) {
      expect([status, message]).toEqual([201, undefined]);
      expect(inFieldsOf(spec, stored)).toEqual(spec);
      return;
    }
    expect(status).toBe(422);
    expect(message).toContain(refused.at);
    expect(message).toContain(refused.says ?? '');
  },
);

test('what was applied is what is read back, so that Argo CD sees no drift', async () => {
  const sourceRef = { name: 'vault' };
  const spec = {
    data: [
      { secretKey: 'A', remoteRef: { key: 'a' } },
      { secretKey: 'B', remoteRef: { key: 'b' }, sourceRef },
    ],
    dataFrom: [{ extract: { key: 'c' }, sourceRef }, { find: {} }, { find: { name: { glob: '*' } } }],
    target: { annotations: {} },
  };
  const object = { apiVersion: 'shearline.dev/v1alpha1', kind: 'SecretReference', metadata: { name: 'applied' }, spec };
  await controlPlane.kubectl(['apply', '-n', namespace, '-f', '-'], { input: JSON.stringify(object) });
  const stored = JSON.parse(await kubectl('get', 'sref', 'applied', '-n', namespace, '-o', 'json'));
  expect(inFieldsOf(object, stored)).toEqual(object);
  expect(inFieldsOf(spec, { ...spec, dataFrom: [{ find: { prefix: '' } }] })).not.toEqual(spec);
});

/** What is stored, as Argo CD compares it with what was applied: fields that were not applied do not count, lists do as a whole. */
function inFieldsOf(applied: unknown, stored: unknown): unknown {
  if (!isMap(applied) || !isMap(stored)) return stored;
  const fields = Object.keys(applied).filter(name => name in stored);
  return Object.fromEntries(fields.map(name => [name, inFieldsOf(applied[name], stored[name])]));
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('an object that is there', () => {
  const spec = { dataFrom: [{ extract: { key: 'etl/warehouse' } }] };

  test('cannot change the type of its target, not even from the default', async () => {
    await send('POST', 'SecretReference', { spec });
    const changed = { ...spec, target: { type: 'kubernetes.io/tls' } };
    const { status, message } = await patch({ spec: changed });
    expect([status, message]).toEqual([422, expect.stringContaining('spec.target.type')]);
    expect(message).toContain('the type cannot be changed');
    expect(await patch({ spec: { target: { labels: { a: 'b' } } } })).toMatchObject({ status: 200 });
  });

  test('cannot come to merge, because its Secret is its own', async () => {
    const { status, message } = await patch({ spec: { target: { creationPolicy: 'Merge' } } });
    expect([status, message]).toEqual([422, expect.stringContaining('spec.target.creationPolicy')]);
    expect(message).toContain('it cannot be changed from or to Merge');
    expect(await patch({ spec: { target: { creationPolicy: 'Orphan' } } })).toMatchObject({ status: 200 });
    expect(await patch({ spec: { target: { creationPolicy: 'Owner' } } })).toMatchObject({ status: 200 });
  });

  test('cannot make its references under another name, not even from the default', async () => {
    const wanted = { namespaces: { all: true }, reference: spec };
    await send('POST', 'ClusterSecretReference', { spec: wanted });
    for (const name of ['other', 'row']) {
      const { status, message } = await patch({ spec: { name } }, 'ClusterSecretReference');
      expect([status, message]).toEqual([422, expect.stringContaining('name cannot be changed')]);
    }
    expect(await patch({ spec: { metadata: { labels: { a: 'b' } } } }, 'ClusterSecretReference')).toMatchObject({
      status: 200,
    });
  });

  test('gets the defaults that its readers count on, and no empty lists', async () => {
    const { spec: stored } = await send('GET', 'SecretReference');
    expect(stored).toEqual({
      ...spec,
      refreshInterval: '1h',
      refreshPolicy: 'Periodic',
      suspend: false,
      delivery: { mode: 'Live', keep: 3 },
      target: { type: 'Opaque', creationPolicy: 'Owner', deletionPolicy: 'Retain', labels: { a: 'b' } },
    });
  });

  test('is listed with its columns, by its short name and by the category', async () => {
    expect(await kubectl('get', 'sref', '-n', namespace, '-o', 'wide')).toMatch(
      /^NAME +SOURCE +TARGET +REVISION +READY +REASON +LAST-SYNC +AGE +OWNER +KEYS +ROTATED +ROTATION-DUE +SAFE-TO-REVOKE\n/,
    );
    expect(await kubectl('get', 'shearline', '-n', namespace)).toContain('row');
  });

  test.each(kinds.flatMap(({ plural, selectableFields }) => selectableFields.map(field => [plural, field.slice(1)])))(
    '%s can be selected by %s',
    async (plural, field) => {
      const select = (value: string) =>
        kubectl('get', plural, '-n', namespace, '--field-selector', `${field}=${value}`);
      expect(await select('none')).toBe('');
    },
  );

  test('is explained by kubectl', async () => {
    expect(await kubectl('explain', 'sref.spec.target.creationPolicy')).toContain('shearline.dev/merge: allowed');
    expect(await kubectl('explain', 'cssrc.spec.namespaces')).toContain('exactly one of names, selector, all');
  });
});

function kubectl(...args: readonly string[]): Promise<string> {
  return controlPlane.kubectl(args);
}

interface Answer {
  readonly status: number;
  /** Why not; absent when the answer is the object itself. */
  readonly message?: string;
  readonly spec?: unknown;
}

function send(method: 'GET' | 'POST', kind: Row['kind'], fields: object = {}, query = ''): Promise<Answer> {
  const object = { apiVersion: 'shearline.dev/v1alpha1', kind, metadata: { name: 'row' }, ...fields };
  const path = method === 'GET' ? `${collection(kind)}/row` : `${collection(kind)}${query}`;
  return call(method, path, 'application/json', method === 'GET' ? undefined : object);
}

const patch = (body: object, kind: Row['kind'] = 'SecretReference'): Promise<Answer> =>
  call('PATCH', `${collection(kind)}/row`, 'application/merge-patch+json', body);

function collection(kind: Row['kind']): string {
  const { plural, scope } = kinds.find(each => each.kind === kind) ?? { plural: '', scope: '' };
  return scope === 'Namespaced' ? `namespaces/${namespace}/${plural}` : plural;
}

async function call(method: string, path: string, type: string, body: object | undefined): Promise<Answer> {
  const headers = { authorization, 'content-type': type };
  const url = `${controlPlane.server}/apis/shearline.dev/v1alpha1/${path}`;
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await httpRequest(url, { method, ca: controlPlane.ca, headers, ...sent });
  return { ...JSON.parse(answer.body), status: answer.status };
}
