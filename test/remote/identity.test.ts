import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Needs } from '../../src/providers/provider.ts';
import { identify } from '../../src/remote/identity.ts';
import { FakeTime } from '../async/fake-time.ts';
import { asApp, FakeCluster, FakeStore, reasonOf } from './fake-store.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster();
});

const identityFor = (needs: Partial<Needs>, namespace = 'etl') =>
  identify(new FakeStore(new FakeTime()).source({}, needs), namespace, cluster);
const keyFor = (needs: Partial<Needs>, namespace?: string) => {
  const identity = identityFor(needs, namespace);
  return identity.ok ? identity.value.sessionKey : undefined;
};

describe("the reference's ServiceAccount", () => {
  test('is that of its own namespace', () => {
    expect(identityFor(asApp)).toMatchObject({ value: { serviceAccount: { namespace: 'etl', name: 'app' } } });
    expect(keyFor(asApp, 'etl')).not.toBe(keyFor(asApp, 'ads'));
  });

  test('brings the annotations that the login depends on, and no others', () => {
    const needs = { serviceAccount: { ...asApp.serviceAccount, annotations: ['role', 'tenant'] } };
    cluster.annotations = { role: 'reader', secret: 'x' };
    const before = keyFor(needs);
    expect(identityFor(needs)).toMatchObject({ value: { serviceAccount: { annotations: { role: 'reader' } } } });
    cluster.annotations = { role: 'writer', secret: 'x' };
    const after = keyFor(needs);
    cluster.annotations = { role: 'writer', secret: 'y' };
    expect(after).not.toBe(before);
    expect(keyFor(needs)).toBe(after);
  });

  test('enters this cluster only with the label that says so', () => {
    const needs: Partial<Needs> = { serviceAccount: { name: 'app', audiences: 'this-cluster' } };
    const refused = identityFor(needs);
    expect(reasonOf(refused)).toBe('SourceInvalid');
    expect(refused.ok ? '' : refused.fault.message).toContain('shearline.dev/kubernetes-source: "true"');
    cluster.labels = { 'shearline.dev/kubernetes-source': 'true' };
    expect(identityFor(needs).ok).toBe(true);
  });
});

test("the operator's own ServiceAccount is of the source's home, and one for all namespaces", () => {
  const needs: Partial<Needs> = { ...asApp, operatorIdentity: true };
  expect(identityFor(needs)).toMatchObject({ value: { serviceAccount: { namespace: 'shearline' } } });
  expect(keyFor(needs, 'etl')).toBe(keyFor(needs, 'ads'));
});
