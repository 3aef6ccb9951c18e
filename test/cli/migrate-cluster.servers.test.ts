import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';
import { sharedControlPlane } from '../servers/shared.ts';
import { cli } from './cli.ts';

/** `shearline migrate external-secrets --cluster` against External Secrets' own CustomResourceDefinitions. */
let cluster: ControlPlaneAccess;
let admin: string;
let crds: string;

/** Those that the tests use: all of them are two megabytes. */
const kinds = [
  'externalsecrets.external-secrets.io',
  'secretstores.external-secrets.io',
  'clustersecretstores.external-secrets.io',
  'clusterexternalsecrets.external-secrets.io',
  'pushsecrets.external-secrets.io',
  'passwords.generators.external-secrets.io',
  'generatorstates.generators.external-secrets.io',
];
const v1 = 'external-secrets.io/v1';
const external = (namespace: string, name: string, spec: object) => ({
  apiVersion: v1,
  kind: 'ExternalSecret',
  metadata: { name, namespace },
  spec,
});
const vault = (path: string) => ({
  provider: {
    vault: {
      server: 'https://vault.example.com:8200',
      path,
      version: 'v2',
      auth: {
        kubernetes: { mountPath: 'kubernetes', role: 'etl', serviceAccountRef: { name: 'r', audiences: ['vault'] } },
      },
    },
  },
});
const whole = { data: [{ secretKey: 'p', remoteRef: { key: 'kv-a/data/db', property: 'password' } }] };

const apply = (...objects: readonly object[]) =>
  cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) });

interface Report {
  readonly findings: readonly { readonly level: string; readonly object: string; readonly message: string }[];
}

async function migrated(...args: readonly string[]) {
  const { code, out, err } = await cli(['migrate', 'external-secrets', '--cluster', '-o', 'json', ...args]);
  const objects = parseAllDocuments(out).flatMap(document => document.toJS() ?? []);
  const names: readonly string[] = objects.map(
    ({ kind, metadata: { namespace, name } }) => `${kind} ${namespace ?? ''}/${name}`,
  );
  const report: Report = JSON.parse(err);
  const left = report.findings
    .filter(({ level }) => level === 'left')
    .map(({ object, message }) => `${object}: ${message}`);
  return { code, objects, names, left };
}

beforeAll(async () => {
  cluster = await sharedControlPlane();
  admin = cluster.adminKubeconfig;
  const { externalSecretsCrds } = await installParts([parts.externalSecretsCrds]);
  const all = parseAllDocuments(await readFile(externalSecretsCrds, 'utf8')).map(document => document.toJS());
  crds = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: all.filter(crd => kinds.includes(crd?.metadata.name)),
  });
});
afterAll(() => cluster.kubectl(['delete', 'crd', '--ignore-not-found', '--wait=false', ...kinds]));

test('a cluster without their CustomResourceDefinitions says so', async () => {
  const { code, err, out } = await cli(['migrate', 'external-secrets', '--cluster', '--kubeconfig', admin]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('has no CustomResourceDefinitions of External Secrets');
});

test('a context that is not in the kubeconfig is named', async () => {
  const args = ['migrate', 'external-secrets', '--cluster', '--kubeconfig', admin, '--context', 'none'];
  expect(await cli(args)).toMatchObject({ code: 2, err: expect.stringContaining('it has no context none') });
});

describe('with them', () => {
  beforeAll(async () => {
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: crds });
    await cluster.kubectl(['wait', '--for=condition=Established', ...kinds.map(kind => `crd/${kind}`)]);
    await cluster.kubectl(['create', 'namespace', 'migrate-a']);
    await cluster.kubectl(['create', 'namespace', 'migrate-b']);
    const templateFrom = [{ configMap: { name: 'templates', items: [{ key: 'a.conf' }] } }];
    await apply(
      { apiVersion: v1, kind: 'SecretStore', metadata: { name: 'team', namespace: 'migrate-a' }, spec: vault('kv-a') },
      { apiVersion: v1, kind: 'SecretStore', metadata: { name: 'team', namespace: 'migrate-b' }, spec: vault('kv-b') },
      { apiVersion: v1, kind: 'ClusterSecretStore', metadata: { name: 'migrate-named' }, spec: vault('kv-a') },
      { apiVersion: v1, kind: 'ClusterSecretStore', metadata: { name: 'migrate-other' }, spec: vault('kv-a') },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'templates', namespace: 'migrate-a' },
        data: { 'a.conf': 'p={{ .p }}' },
      },
      external('migrate-a', 'db', {
        secretStoreRef: { name: 'team' },
        ...whole,
        target: { template: { templateFrom } },
      }),
      external('migrate-b', 'db', { secretStoreRef: { name: 'team' }, ...whole }),
      external('migrate-a', 'shared', {
        secretStoreRef: { name: 'migrate-named', kind: 'ClusterSecretStore' },
        ...whole,
      }),
      {
        apiVersion: 'generators.external-secrets.io/v1alpha1',
        kind: 'Password',
        metadata: { name: 'made', namespace: 'migrate-b' },
        spec: { length: 42, allowRepeat: true, noUpper: false },
      },
    );
  });

  test('all of a cluster is translated; keys are spelled by the store of the own namespace, what is left is named', async () => {
    const { code, objects, names, left } = await migrated('--kubeconfig', admin);
    expect(code).toBe(1);
    expect(names.toSorted()).toEqual([
      'ClusterSecretSource /migrate-named',
      'ClusterSecretSource /migrate-other',
      'SecretReference migrate-a/db',
      'SecretReference migrate-a/shared',
      'SecretReference migrate-b/db',
      'SecretSource migrate-a/team',
      'SecretSource migrate-b/team',
    ]);
    const dbs = objects.filter(({ kind, metadata }) => kind === 'SecretReference' && metadata.name === 'db');
    expect(dbs.map(({ spec }) => spec.data[0].remoteRef.key)).toEqual(['db', 'kv-a/data/db']);
    expect(dbs[0].spec.target.template.data).toEqual({ 'a.conf': 'p=$(p)' });
    expect(left).toContainEqual(expect.stringMatching(/^Password migrate-b\/made: there is no counterpart/));
  });

  test('of one namespace only what is in it, and the cluster store that it names', async () => {
    const { names } = await migrated('--kubeconfig', admin, '--namespace', 'migrate-a');
    expect(names.toSorted()).toEqual([
      'ClusterSecretSource /migrate-named',
      'SecretReference migrate-a/db',
      'SecretReference migrate-a/shared',
      'SecretSource migrate-a/team',
    ]);
  });

  test('what a ClusterExternalSecret has made is not translated a second time', async () => {
    const spec = { externalSecretSpec: { secretStoreRef: { name: 'team' }, ...whole }, namespaces: ['migrate-b'] };
    await apply({ apiVersion: v1, kind: 'ClusterExternalSecret', metadata: { name: 'migrate-many' }, spec });
    const uid = await cluster.kubectl([
      'get',
      'clusterexternalsecret',
      'migrate-many',
      '-o',
      'jsonpath={.metadata.uid}',
    ]);
    const made = external('migrate-b', 'migrate-many', { secretStoreRef: { name: 'team' }, ...whole });
    const owner = { apiVersion: v1, kind: 'ClusterExternalSecret', name: 'migrate-many', uid, controller: true };
    await apply({ ...made, metadata: { ...made.metadata, ownerReferences: [owner] } });
    const all = await migrated('--kubeconfig', admin);
    expect(all.names).not.toContain('SecretReference migrate-b/migrate-many');
    const ofOne = await migrated('--kubeconfig', admin, '--namespace', 'migrate-b');
    expect(ofOne.names).toContain('SecretReference migrate-b/migrate-many');
    await cluster.kubectl(['delete', 'clusterexternalsecret', 'migrate-many']);
  });

  test('what may not be listed is named with the rule that is missing, and the rest is translated', async () => {
    const rules = ['--resource=externalsecrets.external-secrets.io,secretstores.external-secrets.io', '--verb=list'];
    await cluster.kubectl(['create', 'role', 'migrator', '-n', 'migrate-a', ...rules]);
    await cluster.kubectl([
      'create',
      'rolebinding',
      'migrator',
      '-n',
      'migrate-a',
      '--role=migrator',
      '--user=migrator',
    ]);
    const kubeconfig = await cluster.kubeconfigFor({ user: 'migrator' });
    const { code, names, left } = await migrated('--kubeconfig', kubeconfig, '--namespace', 'migrate-a');
    expect([code, names.toSorted()]).toEqual([
      1,
      ['SecretReference migrate-a/db', 'SecretReference migrate-a/shared', 'SecretSource migrate-a/team'],
    ]);
    const lacks = (group: string, plural: string, verb = 'list') =>
      `your kubeconfig lacks the rule apiGroups: ["${group}"], resources: ["${plural}"], verbs: ["${verb}"]`;
    expect(left).toEqual(
      expect.arrayContaining([
        `ClusterSecretStore, all of them: ${lacks('external-secrets.io', 'clustersecretstores')}`,
        `PushSecret, all of them: ${lacks('external-secrets.io', 'pushsecrets')} in namespace migrate-a`,
        `ConfigMap migrate-a/templates: ${lacks('', 'configmaps', 'get')} in namespace migrate-a`,
      ]),
    );
  });

  test('whoever may not even see which kinds there are is told what for', async () => {
    const kubeconfig = await cluster.kubeconfigFor('anonymous');
    expect(await cli(['migrate', 'external-secrets', '--cluster', '--kubeconfig', kubeconfig])).toMatchObject({
      code: 2,
      err: expect.stringContaining('your kubeconfig needs the ClusterRole system:discovery'),
    });
  });
});
