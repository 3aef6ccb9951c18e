import { describe, expect, test } from '@jest/globals';
import { hasEnded, secretsOfPod, secretsReadOnce } from '../../src/core/pod-secrets.ts';

const pod = (spec: unknown) => ({ metadata: { name: 'etl-1' }, spec });
const byKey = { env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'warehouse', key: 'password' } } }] };
const env = [{ name: 'warehouse', as: 'env' }];
const volume = [{ name: 'warehouse', as: 'volume' }];
const login = { secretRef: { name: 'warehouse' } };

test.each([
  ['env of a container', { containers: [byKey] }, env],
  ['env of an init container', { containers: [{}], initContainers: [byKey] }, env],
  ['env of an ephemeral container', { containers: [{}], ephemeralContainers: [byKey] }, env],
  ['envFrom', { containers: [{ envFrom: [{ prefix: 'DB_', ...login }] }] }, env],
  ['a volume', { volumes: [{ name: 'v', secret: { secretName: 'warehouse', items: [] } }] }, volume],
  [
    'a projected volume',
    { volumes: [{ projected: { sources: [{ configMap: { name: 'c' } }, { secret: { name: 'warehouse' } }] } }] },
    volume,
  ],
  ['the login of a CSI driver', { volumes: [{ csi: { nodePublishSecretRef: { name: 'warehouse' } } }] }, volume],
  ...['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map(
    kind => [`the login of ${kind}`, { volumes: [{ [kind]: login }] }, volume] as const,
  ),
  ['the login of azureFile', { volumes: [{ azureFile: { secretName: 'warehouse' } }] }, volume],
  [
    'the login of its images',
    { imagePullSecrets: [{ name: 'warehouse' }, {}] },
    [{ name: 'warehouse', as: 'imagePullSecret' }],
  ],
])('%s is found', (_where, spec, found) => {
  expect(secretsOfPod(pod(spec))).toEqual(found);
});

test('each Secret is named once a kind of field, however often the pod names it', () => {
  const spec = {
    containers: [byKey, { ...byKey, envFrom: [login, { secretRef: { name: 'warehouse-r7' } }] }],
    volumes: [{ secret: { secretName: 'warehouse' } }],
  };
  expect(secretsOfPod(pod(spec))).toEqual([
    { name: 'warehouse', as: 'env' },
    { name: 'warehouse-r7', as: 'env' },
    { name: 'warehouse', as: 'volume' },
  ]);
});

test.each([
  ['a ConfigMap', { containers: [{ envFrom: [{ configMapRef: { name: 'warehouse' } }] }] }],
  ['a field, a resource or a text', { containers: [{ env: [{ name: 'A', value: 'warehouse' }] }] }],
  ['a ServiceAccount', { serviceAccountName: 'warehouse' }],
  ['a volume without a name', { volumes: [{ secret: {} }, { secret: { secretName: '' } }, { secret: null }] }],
  ['what is no pod', { containers: 'all', volumes: [null, 7, 'warehouse'], imagePullSecrets: {} }],
])('%s is no Secret', (_what, spec) => {
  expect(secretsOfPod(pod(spec))).toEqual([]);
});

test.each([undefined, null, 7, 'pod', [], {}])('%j refers to nothing', nothing => {
  expect(secretsOfPod(nothing)).toEqual([]);
});

describe('whether a pod reads a Secret only when it starts', () => {
  const files = { name: 'v', secret: { secretName: 'warehouse' } };
  const projected = { name: 'v', projected: { sources: [{ secret: { name: 'warehouse' } }] } };
  const mounted = (more: object) => ({ containers: [{ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] }] });

  test.each([
    ['an environment', { containers: [byKey] }, true],
    ['the environment of an init container', { initContainers: [byKey] }, true],
    ['envFrom', { containers: [{ envFrom: [login] }] }, true],
    ['a file by subPath', { ...mounted({ subPath: 'password' }), volumes: [files] }, true],
    ['a file by subPathExpr', { ...mounted({ subPathExpr: '$(POD)' }), volumes: [projected] }, true],
    ['the login of a driver', { volumes: [{ csi: { nodePublishSecretRef: { name: 'warehouse' } } }] }, true],
    ['a volume', { ...mounted({}), volumes: [files] }, false],
    ['a volume beside one with a subPath', { ...mounted({ subPath: 'a', name: 'other' }), volumes: [files] }, false],
    ['a projected volume', { ...mounted({ subPath: '' }), volumes: [projected] }, false],
    ['the login of its images', { imagePullSecrets: [{ name: 'warehouse' }] }, false],
  ])('by %s: %s', (_where, spec, once) => {
    expect(secretsReadOnce(pod(spec)).has('warehouse')).toBe(once);
  });
});

describe('a pod', () => {
  test.each([
    ['Pending', false],
    ['Running', false],
    ['Unknown', false],
    ['Succeeded', true],
    ['Failed', true],
    [undefined, false],
  ])('of phase %s has ended: %s', (phase, ended) => {
    expect(hasEnded({ status: { phase } })).toBe(ended);
  });
});
