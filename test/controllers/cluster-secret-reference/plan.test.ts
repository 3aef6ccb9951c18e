import { expect, test } from '@jest/globals';
import { parseClusterSecretReference } from '../../../src/api/cluster-secret-reference/cluster-secret-reference.ts';
import { parseSecretReference } from '../../../src/api/secret-reference/secret-reference.ts';
import { wantedBy } from '../../../src/controllers/cluster-secret-reference/desired.ts';
import { type Place, planPlace, type Todo } from '../../../src/controllers/cluster-secret-reference/plan.ts';
import type { Fields } from '../fields.ts';
import { namespace, parsedMetadata, readable } from '../objects.ts';
import { clusterReference, spec } from './world.ts';

const owner = {
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'ClusterSecretReference',
  name: 'warehouse',
  uid: 'uid-warehouse',
  controller: true,
  blockOwnerDeletion: false,
};
const label = { 'shearline.dev/cluster-reference': 'warehouse' };
const managed = (...labels: readonly string[]) => ({
  'shearline.dev/managed-metadata': JSON.stringify({ labels, annotations: [] }),
});

/** A reference that is as it should be, but for what is said. */
const made = (metadata: Fields = {}, fields: Fields = {}) =>
  readable(
    parseSecretReference({
      metadata: {
        ...{ name: 'warehouse', namespace: 'etl', uid: 'u', resourceVersion: '9', generation: 1 },
        ...{ labels: label, annotations: {}, ownerReferences: [owner], ...metadata },
      },
      spec,
      ...fields,
    }),
  );
const handled = (token: string) => ({ status: { conditions: [], rotation: { lastHandled: token } } });

const etl = parsedMetadata(namespace('etl', { team: 'etl' })).metadata;
const web = parsedMetadata(namespace('etl', { team: 'web' })).metadata;
const going = { ...etl, deletionTimestamp: '2026-01-01T00:00:00Z' };

interface Case {
  readonly there?: Place['existing'];
  readonly namespace?: Place['namespace'];
  readonly strays?: Place['strays'];
  readonly of?: Fields;
  readonly token?: string;
  readonly by?: string;
}

function planned({ there, namespace = etl, strays = [], of = {}, token, by }: Case): Todo {
  const annotations = {
    ...(token === undefined ? {} : { 'shearline.dev/rotate': token }),
    ...(by === undefined ? {} : { [requestedBy]: by }),
  };
  const wanted = wantedBy(readable(parseClusterSecretReference(clusterReference(of, { annotations }))));
  if (!wanted.ok) throw new Error(wanted.fault.message);
  return planPlace({ wanted: wanted.value, namespace, existing: there, strays });
}

const patchOf = (metadata: Fields) => ({
  kind: 'patch',
  patch: { type: 'application/merge-patch+json', body: { metadata: { ...metadata, resourceVersion: '9' } } },
});
const requestedBy = 'shearline.dev/requested-by';
const rotates = { 'shearline.dev/rotate': 't1', 'shearline.dev/cluster-rotate': 't1' };
const replaced = (value: unknown) => ({
  kind: 'patch',
  patch: {
    type: 'application/json-patch+json',
    body: [
      { op: 'replace', path: '/spec', value },
      { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
    ],
  },
});

test.each<readonly [string, Case, unknown]>([
  ['one that is going takes all along', { there: made(), namespace: going }, { kind: 'none' }],
  ['one that is going is given nothing', { namespace: going }, { kind: 'none' }],
  ['one of others has none', { namespace: web }, { kind: 'none' }],
  ['one of others loses ours', { namespace: web, strays: [made()] }, { kind: 'delete', reference: made() }],
  ['ours of another name goes first', { strays: [made({ name: 'old' })] }, { kind: 'delete' }],
  [
    'ours that is going already is left to go',
    { namespace: web, strays: [made({ deletionTimestamp: '2026-01-01T00:00:00Z' })] },
    { kind: 'none' },
  ],
  [
    'one without gets it',
    {},
    { kind: 'create', manifest: { spec, metadata: { ownerReferences: [owner], labels: label } } },
  ],
  [
    'with the token of all, which its first sync answers',
    { token: 't1' },
    { kind: 'create', manifest: { metadata: { annotations: rotates } } },
  ],
  ['one that nobody owns is in the way', { there: made({ ownerReferences: [] }) }, { kind: 'conflict', owner: '' }],
  [
    'so is one of another owner',
    { there: made({ ownerReferences: [{ ...owner, name: 'other' }] }) },
    { kind: 'conflict', owner: 'ClusterSecretReference other' },
  ],
  [
    'so is one of another kind of the same name',
    { there: made({ ownerReferences: [{ ...owner, kind: 'App', apiVersion: 'example.com/v1' }] }) },
    { kind: 'conflict', owner: 'App warehouse' },
  ],
  [
    'ours that is going is waited for',
    { there: made({ deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    { kind: 'wait' },
  ],
  [
    'one of an earlier life is taken over, before the garbage collector comes',
    { there: made({ ownerReferences: [{ ...owner, uid: 'earlier' }] }) },
    patchOf({ ownerReferences: [owner] }),
  ],
  ['one that is as it should be is left', { there: made() }, { kind: 'in-step' }],
  [
    'defaults that are written out are no difference',
    { there: made({}, { spec: { ...spec, refreshInterval: '60m' } }) },
    { kind: 'in-step' },
  ],
  ['what somebody added to the spec goes', { there: made({}, { spec: { ...spec, suspend: true } }) }, replaced(spec)],
  ['a spec that nobody can use is put right', { there: made({}, { spec: {} }) }, replaced(spec)],
  [
    'a changed spec is followed',
    { there: made(), of: { reference: { ...spec, owner: 'etl' } } },
    replaced({ ...spec, owner: 'etl' }),
  ],
  ['our label is put back', { there: made({ labels: {} }) }, patchOf({ labels: label, annotations: {} })],
  ['labels of others stay', { there: made({ labels: { ...label, mine: 'x' } }) }, { kind: 'in-step' }],
  [
    'labels of the spec are there',
    { there: made(), of: { metadata: { labels: { a: 'b' } } } },
    patchOf({ labels: { a: 'b' }, annotations: managed('a') }),
  ],
  [
    'labels that left the spec go',
    { there: made({ labels: { ...label, a: 'b' }, annotations: managed('a') }) },
    patchOf({ labels: { a: null }, annotations: { 'shearline.dev/managed-metadata': null } }),
  ],
  ['a new token is passed on', { there: made(), token: 't1' }, patchOf({ labels: {}, annotations: rotates })],
  [
    'with the name of who asked',
    { there: made({ annotations: { [requestedBy]: 'ada' } }), token: 't1', by: 'eve' },
    patchOf({ labels: {}, annotations: { ...rotates, [requestedBy]: 'eve' } }),
  ],
  [
    'and without that of who has asked before',
    { there: made({ annotations: { [requestedBy]: 'ada' } }), token: 't1' },
    patchOf({ labels: {}, annotations: { ...rotates, [requestedBy]: null } }),
  ],
  [
    'once, whoever asks there later',
    { there: made({ annotations: { ...rotates, [requestedBy]: 'ada' } }), token: 't1', by: 'eve' },
    { kind: 'in-step' },
  ],
  ['once', { there: made({ annotations: rotates }), token: 't1' }, { kind: 'in-step' }],
  [
    'and never over a later one of theirs',
    { there: made({ annotations: { ...rotates, 'shearline.dev/rotate': 'theirs' } }), token: 't1' },
    { kind: 'in-step' },
  ],
  [
    'again when it was taken away before it was answered',
    { there: made({ annotations: { 'shearline.dev/cluster-rotate': 't1' } }), token: 't1' },
    patchOf({ labels: {}, annotations: { 'shearline.dev/rotate': 't1' } }),
  ],
  [
    'not when it was taken away afterwards',
    { there: made({ annotations: { 'shearline.dev/cluster-rotate': 't1' } }, handled('t1')), token: 't1' },
    { kind: 'in-step' },
  ],
  ['a token that cannot be answered is not', { there: made(), token: 'a\nb' }, { kind: 'in-step' }],
])('of namespaces, %s', (_, asked, todo) => {
  expect(planned(asked)).toMatchObject(Object(todo));
});

test('a namespace that is not known yet is given nothing, and loses nothing', () => {
  const wanted = wantedBy(readable(parseClusterSecretReference(clusterReference())));
  if (!wanted.ok) throw new Error(wanted.fault.message);
  const place = { wanted: wanted.value, namespace: undefined, existing: undefined, strays: [made()] };
  expect(planPlace(place)).toEqual({ kind: 'none' });
});

test('a name that is too long for a label is refused', () => {
  const named = clusterReference({}, { name: 'a'.repeat(64) });
  expect(wantedBy(readable(parseClusterSecretReference(named)))).toMatchObject({
    ok: false,
    fault: { reason: 'InvalidSpec', message: expect.stringContaining('at most 63 characters') },
  });
});
