import { describe, expect, test } from '@jest/globals';
import { validate } from '../../../../src/controllers/secret-rotation/stages/validate.ts';
import { timestamp } from '../../../../src/core/clock.ts';
import type { RefusalCause } from '../../../../src/kube/api.ts';
import { type Fields, start } from '../../builders.ts';
import { inWords, StageWorld } from './run.ts';

const name = 'warehouse-8-validate';
const template = { spec: { containers: [{ name: 'psql', image: 'postgres:17' }] } };
const world = (job: Fields = {}) =>
  new StageWorld(validate, { validate: { timeout: '5m', job: { template, env: true, ...job } } });

const made = async (job: Fields = {}) => {
  const of = world(job);
  await of.advance();
  of.api.change('jobs', name, { metadata: { creationTimestamp: timestamp(start.wall) } });
  return of;
};
const condition = (type: string, reason = '') => ({ status: { conditions: [{ type, status: 'True', reason }] } });

test('one Job is made, and however often it is looked at, no second one', async () => {
  const of = await made();
  for (let look = 0; look < 3; look++) expect(inWords(await of.advance())).toContain('waiting Validating: Job etl/');
  expect(of.api.writes).toEqual([`create jobs/${name}`]);
});

test.each(['before', 'after'] as const)('killed %s the Job is made, the next life finds or makes it', async when => {
  const of = world();
  of.api.kill(when, `create jobs/${name}`, new AbortController());
  await of.advance();
  await of.advance();
  expect(inWords(await of.advance())).toContain('waiting Validating');
  expect(of.api.find('jobs', name)).toBeDefined();
});

describe('the Job gets the candidate', () => {
  const podOf = (of: StageWorld) => of.api.find('jobs', name)?.spec;

  test('as environment, last, with the rights of the restricted standard and none of the cluster', async () => {
    const of = await made({
      template: {
        spec: {
          containers: [
            {
              name: 'psql',
              image: 'postgres:17',
              envFrom: [{ secretRef: { name: 'admin' } }],
              securityContext: { runAsUser: 999 },
            },
          ],
        },
      },
    });
    expect(podOf(of)).toEqual({
      backoffLimit: 0,
      activeDeadlineSeconds: 300,
      template: {
        metadata: {},
        spec: {
          automountServiceAccountToken: false,
          restartPolicy: 'Never',
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'psql',
              image: 'postgres:17',
              envFrom: [{ secretRef: { name: 'admin' } }, { secretRef: { name: 'warehouse-r8' } }],
              securityContext: { runAsUser: 999, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
          volumes: [],
        },
      },
    });
  });

  test('as files, in containers that come first, too', async () => {
    const job = {
      env: undefined,
      mountPath: '/candidate',
      backoffLimit: 2,
      template: { spec: { ...template.spec, initContainers: [{ name: 'first', image: 'i' }] } },
    };
    const of = await made(job);
    const mount = [{ name: 'shearline-candidate', mountPath: '/candidate', readOnly: true }];
    expect(podOf(of)).toMatchObject({
      backoffLimit: 2,
      template: {
        spec: {
          volumes: [{ name: 'shearline-candidate', secret: { secretName: 'warehouse-r8' } }],
          initContainers: [{ volumeMounts: mount }],
          containers: [{ volumeMounts: mount }],
        },
      },
    });
    expect(JSON.stringify(podOf(of))).not.toContain('envFrom');
  });

  test('and is owned by the reference, so that it goes with it and not with the record', async () => {
    const of = await made();
    expect(of.api.find('jobs', name)?.metadata).toMatchObject({
      ownerReferences: [{ kind: 'SecretReference', name: 'warehouse', uid: 'uid-warehouse', controller: true }],
    });
  });

  test('under a name that a label can hold, however long that of the reference is', async () => {
    const { jobName } = await import('../../../../src/controllers/secret-rotation/stages/validation-job.ts');
    const of = (record: string) => {
      const { run } = world();
      return jobName({ record: { ...run.record, metadata: { ...run.record.metadata, name: record } } });
    };
    const long = 'a'.repeat(50);
    expect(of('warehouse-8')).toBe(name);
    for (const record of [`${long}-8`, `${long}-9`, `${'a'.repeat(42)}.${long}-8`, 'b'.repeat(253)]) {
      expect(of(record)).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(of(record).length).toBeLessThanOrEqual(63);
    }
    expect(new Set([of(`${'a'.repeat(60)}-8`), of(`${'a'.repeat(60)}-9`)]).size).toBe(2);
  });
});

test.each<[string, Fields, number, string]>([
  ['runs', {}, 10, 'waiting Validating'],
  ['succeeded', condition('Complete'), 10, 'passed: Job etl/warehouse-8-validate succeeded with warehouse-r8'],
  ['failed', condition('Failed', 'BackoffLimitExceeded'), 10, 'failed JobFailed'],
  ['is about to fail', condition('FailureTarget', 'BackoffLimitExceeded'), 10, 'failed JobFailed'],
  ['failed at its deadline', condition('Failed', 'DeadlineExceeded'), 301, 'failed DeadlineExceeded'],
  ['was suspended by somebody', condition('Suspended'), 301, 'waiting Validating'],
  ['hangs, and Kubernetes does not end it', {}, 361, 'failed DeadlineExceeded: Kubernetes has not ended'],
  ['hangs, but for the time that Kubernetes takes', {}, 359, 'waiting Validating'],
  ['belongs to somebody else', { metadata: { ownerReferences: [] } }, 10, 'failed JobConflict'],
])('a Job that %s', async (_, change, seconds, expected) => {
  const of = (await made()).later(seconds);
  of.api.change('jobs', name, change);
  expect(inWords(await of.advance())).toContain(expected);
});

test('where the logs of a Job that failed are is said, and for how long', async () => {
  const of = await made();
  of.api.change('jobs', name, condition('Failed'));
  expect(inWords(await of.advance())).toContain(
    'kubectl logs -n etl job/warehouse-8-validate shows why (kept for 24h)',
  );
});

const waitingPod = (reason: string, message = 'CANARY-of-the-kubelet') => ({
  status: { containerStatuses: [{ name: 'psql', state: { waiting: { reason, message } } }] },
});

test.each<[string, Fields, number, string]>([
  [
    'an image that cannot be pulled, soon',
    waitingPod('ImagePullBackOff'),
    20,
    'waiting Validating: Job etl/warehouse-8-validate tries warehouse-r8: the image of container psql cannot',
  ],
  [
    'an image that cannot be pulled, for half of the time',
    waitingPod('ImagePullBackOff'),
    150,
    'failed ImagePullFailed',
  ],
  ['a first pull that failed, for half of the time', waitingPod('ErrImagePull'), 150, 'failed ImagePullFailed'],
  ['an image whose name is none', waitingPod('InvalidImageName'), 1, 'failed ImagePullFailed'],
  ['an image that is never pulled', waitingPod('ErrImageNeverPull'), 1, 'failed ImagePullFailed'],
  ['root, or a Secret that is not there', waitingPod('CreateContainerConfigError'), 150, 'failed PodNotStarted'],
  [
    'a container that is being made',
    waitingPod('ContainerCreating'),
    150,
    'waiting Validating: Job etl/warehouse-8-validate tries warehouse-r8',
  ],
  [
    'no node',
    { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] } },
    290,
    'waiting Validating: Job etl/warehouse-8-validate tries warehouse-r8: no node takes',
  ],
  ['a reason of the name of a method', waitingPod('constructor'), 150, 'waiting Validating'],
])('a pod with %s', async (_, pod, seconds, expected) => {
  const of = (await made()).later(seconds);
  const labels = { 'batch.kubernetes.io/job-name': name };
  of.api.put('pods', { ...pod, metadata: { name: 'p', namespace: 'etl', labels } });
  of.api.put('pods', { ...waitingPod('InvalidImageName'), metadata: { name: 'q', namespace: 'etl' } });
  const said = inWords(await of.advance());
  expect(said).toContain(expected);
  expect(said).not.toContain('CANARY');
});

describe('a Job that cannot be made', () => {
  const refused = (cause: RefusalCause, seconds: number) => async () => {
    const of = world().later(seconds);
    of.api.refuse(`create jobs/${name}`, { kind: 'refused', cause });
    return inWords(await of.advance());
  };
  test.each<[string, RefusalCause, number, string]>([
    ['while the quota is full', 'quota', 299, 'waiting QuotaExceeded'],
    ['when it was full for all the time', 'quota', 300, 'failed QuotaExceeded'],
    ['in a namespace that goes away', 'namespace-terminating', 0, 'waiting NamespaceTerminating'],
    [
      'against a policy',
      'admission',
      0,
      'failed StageRefused: Kubernetes refused to create jobs in namespace etl: an admi',
    ],
    ['of fields that do not go together', 'invalid', 0, 'failed StageRefused'],
    ['without a login', 'unauthenticated', 0, 'again: the API server does not accept'],
    [
      'without the right',
      'forbidden',
      0,
      'waiting RbacMissing: the operator may not create jobs in namespace etl: set rotation.enabled in its chart, which allows {apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"]}',
    ],
  ])('%s', async (_, cause, seconds, expected) => {
    expect(await refused(cause, seconds)()).toContain(expected);
  });

  test.each(['get jobs/warehouse-8-validate', 'list pods'])('without the right to %s', async request => {
    const of = await made();
    of.api.refuse(request, { kind: 'refused', cause: 'forbidden' });
    expect(inWords(await of.advance())).toContain('waiting RbacMissing');
    expect(inWords(await of.advance())).toContain('waiting Validating');
  });

  test('because the API server is away, is made when it is back', async () => {
    const of = world();
    of.api.refuse(`create jobs/${name}`, { kind: 'unavailable' });
    expect(inWords(await of.advance())).toContain('again: ');
    expect(inWords(await of.advance())).toContain('waiting Validating');
  });
});

describe('when the run has ended', () => {
  test.each<[string, Fields | undefined, readonly string[]]>([
    ['a Job that succeeded is kept for a while', condition('Complete'), [`patch jobs/${name}`]],
    ['one that still runs is deleted', {}, [`delete jobs/${name}`]],
    ['one that failed is kept for a day', condition('Failed'), [`patch jobs/${name}`]],
    ['one that took too long, too', condition('Failed', 'DeadlineExceeded'), [`patch jobs/${name}`]],
    ['one of somebody else stays', { metadata: { ownerReferences: [] } }, []],
  ])('%s', async (_, change, writes) => {
    const of = await made();
    of.api.change('jobs', name, change ?? {});
    for (let time = 0; time < 2; time++) expect(await of.cleanUp()).toBe('clean');
    expect(of.api.writes.slice(1)).toEqual(writes);
  });

  test.each([
    ['failed goes a day later', 'Failed', 86_400],
    ['succeeded goes ten minutes later', 'Complete', 600],
  ])('one that %s, by Kubernetes', async (_, end, seconds) => {
    const of = await made();
    of.api.change('jobs', name, condition(end));
    await of.cleanUp();
    expect(of.api.find('jobs', name)?.spec).toMatchObject({ ttlSecondsAfterFinished: seconds });
  });

  test('it is tried again while the API server is away, and not without the right', async () => {
    const of = await made();
    of.api.refuse(`delete jobs/${name}`, { kind: 'unavailable' });
    of.api.refuse(`delete jobs/${name}`, { kind: 'refused', cause: 'forbidden' });
    expect(await of.cleanUp()).toContain('again');
    expect(await of.cleanUp()).toBe('clean');
  });
});

test('a template that reads the live Secret judges nothing', async () => {
  const volumes = [{ name: 'v', secret: { secretName: 'warehouse' } }];
  const of = world({ template: { spec: { ...template.spec, volumes } } });
  expect(inWords(await of.advance())).toContain('failed InvalidSpec: spec.rotation.validate.job.template: reads');
  expect(of.api.writes).toEqual([]);
});
