import { describe, expect, test } from '@jest/globals';
import { consumerOf, type Target } from '../../src/cli/who/consumers.ts';
import { eachPod } from '../../src/cli/who/pods.ts';
import { jsonOf, type Readers, textOfReaders } from '../../src/cli/who/print.ts';
import { ownerOf } from '../../src/core/pod-owner.ts';
import type { Answer, ApiRequest } from '../../src/kube/http.ts';

const target: Target = { secret: 'warehouse', revision: 8, lastSyncTime: '2026-01-02T00:00:00Z' };

const env = (name: string) => ({ containers: [{ envFrom: [{ secretRef: { name } }] }] });
const volume = (secretName: string) => ({ volumes: [{ name: 'v', secret: { secretName } }] });
const images = { imagePullSecrets: [{ name: 'warehouse' }] };
const subPath = { ...volume('warehouse'), containers: [{ volumeMounts: [{ name: 'v', subPath: 'password' }] }] };
const pod = (spec: object, { startTime, phase, ...metadata }: Readonly<Record<string, unknown>> = {}) => ({
  metadata: { name: 'etl-1', ...metadata },
  spec,
  status: { startTime, phase },
});
const [before, after] = ['2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'];

describe('the revision that a pod reads', () => {
  test.each<[string, unknown, string]>([
    ['is in the name of a pinned one', pod(env('warehouse-r7')), '7'],
    ['is in its label', pod({}, { labels: { 'shearline.dev/pinned-warehouse': 'warehouse-r6' } }), '6'],
    ['is each that it names', pod({ ...env('warehouse-r7'), ...volume('warehouse-r6') }), '7, 6'],
    ['is the present one in a volume', pod(volume('warehouse'), { startTime: before }), '8'],
    ['is the present one, when it started later', pod(env('warehouse'), { startTime: after }), '8'],
    ['will be the present one, when it has not started', pod(env('warehouse')), '8'],
    ['may be an older one, when it started earlier', pod(env('warehouse'), { startTime: before }), '8 or older'],
    [
      'may be an older one, in the same second',
      pod(env('warehouse'), { startTime: target.lastSyncTime }),
      '8 or older',
    ],
    [
      'may be an older one by env, whatever its volume has',
      pod({ ...env('warehouse'), ...volume('warehouse') }, { startTime: before }),
      '8 or older',
    ],
    ['is the present one where only its images need it', pod(images, { startTime: before }), '8'],
    ['may be an older one in a file by subPath', pod(subPath, { startTime: before }), '8 or older'],
  ])('%s', (_what, raw, revision) => {
    expect(consumerOf(raw, target)?.revision).toBe(revision);
  });

  test('is the present one, when it started after that was published, whatever was written to the Secret since', () => {
    const published = { ...target, publishedAt: before };
    expect(
      consumerOf(pod(env('warehouse'), { startTime: after }), { ...published, lastSyncTime: after }),
    ).toMatchObject({ revision: '8' });
  });

  test('is not known before the first sync', () => {
    const unwritten = { secret: 'warehouse', revision: undefined, lastSyncTime: undefined };
    expect(consumerOf(pod(env('warehouse')), unwritten)).toMatchObject({ revision: '', secrets: ['warehouse'] });
  });
});

test.each([
  ['another Secret', env('warehouse-2')],
  ['a name that only looks like a revision', env('warehouse-r07')],
  ['a revision of another reference', env('warehouse-raw')],
  ['nothing', {}],
])('who refers to %s is nobody’s consumer', (_what, spec) => {
  expect(consumerOf(pod(spec, { labels: { 'shearline.dev/pinned-warehouse': 'other-r6' } }), target)).toBeUndefined();
});

const controller = (kind: string, name: string) => [{ apiVersion: 'v1', kind, name, uid: 'u', controller: true }];

test.each<[string, object, string]>([
  ['itself', {}, 'Pod/etl-1'],
  ['a Job', { ownerReferences: controller('Job', 'load') }, 'Job/load'],
  ['a StatefulSet', { ownerReferences: controller('StatefulSet', 'db') }, 'StatefulSet/db'],
  [
    'a Deployment, through its ReplicaSet',
    { ownerReferences: controller('ReplicaSet', 'api-5d8c7'), labels: { 'pod-template-hash': '5d8c7' } },
    'Deployment/api',
  ],
  [
    'an Argo Rollout, through its ReplicaSet',
    { ownerReferences: controller('ReplicaSet', 'api-5d8c7'), labels: { 'rollouts-pod-template-hash': '5d8c7' } },
    'Rollout/api',
  ],
  ['a ReplicaSet of nobody', { ownerReferences: controller('ReplicaSet', 'api-5d8c7') }, 'ReplicaSet/api-5d8c7'],
  [
    'a SparkApplication, of driver and executors alike',
    {
      ownerReferences: controller('Pod', 'nightly-driver'),
      labels: { 'sparkoperator.k8s.io/app-name': 'nightly', 'spark-app-selector': 'spark-1' },
    },
    'SparkApplication/nightly',
  ],
  [
    'a SparkApplication of Apache',
    { labels: { 'spark.operator/spark-app-name': 'nightly' } },
    'SparkApplication/nightly',
  ],
  ['what spark-submit started', { labels: { 'spark-app-selector': 'spark-1' } }, 'Spark/spark-1'],
  [
    'itself, where an owner would be printed as something else',
    { ownerReferences: [{ kind: 'Job\u001b[2J', name: 'load\nPod/x', controller: true }] },
    'Pod/etl-1',
  ],
  ['an owner that does not control it', { ownerReferences: [{ kind: 'Job', name: 'load' }] }, 'Pod/etl-1'],
])('a pod is told by %s', (_who, metadata, owner) => {
  expect(ownerOf(pod({}, { ...metadata }))).toBe(owner);
});

describe('the list of pods', () => {
  const page = (items: readonly unknown[], next?: string): Answer => ({
    kind: 'answered',
    status: 200,
    body: { metadata: { ...(next !== undefined && { continue: next }) }, items },
  });
  const status = (code: number): Answer => ({ kind: 'answered', status: code, body: {} });
  const named = (raw: unknown) => consumerOf(raw, target)?.pod;

  async function listed(...answers: readonly Answer[]) {
    const left = [...answers];
    const paths: string[] = [];
    const call = async ({ path }: ApiRequest): Promise<Answer> => {
      paths.push(path);
      return left.shift() ?? status(500);
    };
    return { found: await eachPod(call, 'etl', named), paths };
  }

  test('is read page by page', async () => {
    const one = pod(env('warehouse'), { name: 'one' });
    const two = pod(env('warehouse-r7'), { name: 'two' });
    const { found, paths } = await listed(page([one, pod({})], 'a+b/c='), page([two]));
    expect(found).toEqual({ ok: true, value: ['one', 'two'] });
    expect(paths).toEqual([
      '/api/v1/namespaces/etl/pods?limit=200',
      '/api/v1/namespaces/etl/pods?limit=200&continue=a%2Bb%2Fc%3D',
    ]);
  });

  test('begins again when a page has expired, and counts nobody twice', async () => {
    const one = pod(env('warehouse'), { name: 'one' });
    const { found } = await listed(page([one], 'x'), status(410), page([one], 'y'), page([]));
    expect(found).toEqual({ ok: true, value: ['one'] });
  });

  test.each([
    ['the right is missing', status(403), /lacks the rule .*\["pods"\].*\["list"\] in namespace etl/],
    ['the login is refused', status(401), /log in again/],
    ['the API server fails', status(500), /status 500/],
    ['nobody answers', { kind: 'no-response' } as const, /does not answer/],
  ])('says it when %s', async (_what, answer, says) => {
    const { found } = await listed(answer);
    expect(found).toEqual({ ok: false, fault: expect.stringMatching(says) });
  });

  test('ends when pages expire again and again', async () => {
    const expired = [page([], 'x'), status(410)];
    const { found } = await listed(...expired, ...expired, ...expired, ...expired);
    expect(found).toEqual({ ok: false, fault: expect.stringContaining('change faster') });
  });
});

describe('the answer', () => {
  const consumer = (name: string, owner: string, revision: string) => ({
    ...{ pod: name, owner, ended: false, revision },
    secrets: ['warehouse'],
    as: ['env'] as const,
  });
  const readers: Readers = {
    reference: 'etl/warehouse',
    target,
    consumers: [
      consumer('api-2', 'Deployment/api', '8'),
      consumer('api-1', 'Deployment/api', '8'),
      consumer('load', 'Job/load', '8 or older'),
    ],
    ended: 1,
  };

  test('is by owner and revision', () => {
    expect(
      textOfReaders(readers, false),
    ).toBe(`Secret warehouse of etl/warehouse, revision 8: 3 pods of 2 owners (1 pod that ended left out)

OWNER           PODS  REVISION    BY
Deployment/api  2     8           env
Job/load        1     8 or older  env
`);
  });

  test('ends with what the operator says of revoking', () => {
    const safeToRevoke = { status: 'False', message: '1 pod of Job/load still reads revision 7' };
    expect(textOfReaders({ ...readers, safeToRevoke }, false)).toMatch(
      /8 or older {2}env\n\nSafeToRevoke: False, 1 pod of Job\/load still reads revision 7\n$/,
    );
  });

  test('is by pod when it is wide', () => {
    expect(textOfReaders(readers, true)).toContain(`
OWNER           POD    REVISION    BY   SECRET
Deployment/api  api-1  8           env  warehouse
Deployment/api  api-2  8           env  warehouse
Job/load        load   8 or older  env  warehouse
`);
  });

  test('is one line when nobody refers to it', () => {
    const nobody = { ...readers, consumers: [], ended: 0, target: { ...target, revision: undefined } };
    expect(textOfReaders(nobody, true)).toBe('Secret warehouse of etl/warehouse, never written: 0 pods of 0 owners\n');
  });

  test('has all of it as JSON', () => {
    expect(JSON.parse(jsonOf(readers))).toMatchObject({
      reference: 'etl/warehouse',
      secret: 'warehouse',
      revision: 8,
      pods: 3,
      ended: 1,
      consumers: [{ pod: 'api-2' }, { pod: 'api-1' }, { pod: 'load' }],
    });
  });
});
