import { describe, expect, test } from '@jest/globals';
import { type Fields, reference } from '../controllers/builders.ts';

/** What the API server stores as it is, and the parser alone judges. */
const fault = (template: unknown): string => {
  const { spec } = reference().spec({ rotation: { validate: { job: { template, env: true } } } }).parsed;
  return spec.ok ? 'good' : `${spec.fault.reason}: ${spec.fault.message}`;
};

const container: Fields = { name: 'psql', image: 'postgres:17' };
const ofPod = (fields: Fields) => ({ spec: { containers: [container], ...fields } });
const ofContainer = (fields: Fields) => ofPod({ containers: [{ ...container, ...fields }] });
const volume = (fields: Fields) => ofPod({ volumes: [{ name: 'v', ...fields }] });

describe('a pod that a validation may have', () => {
  test.each<[string, unknown]>([
    ['the smallest', ofPod({})],
    [
      'one that says the restricted standard itself',
      {
        metadata: { labels: { 'app.kubernetes.io/name': 'try' }, annotations: { 'sidecar.istio.io/inject': 'false' } },
        spec: {
          ...{ restartPolicy: 'Never', serviceAccountName: 'etl', automountServiceAccountToken: true },
          imagePullSecrets: [{ name: 'registry' }],
          nodeSelector: { 'kubernetes.io/arch': 'amd64' },
          tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 999,
            fsGroup: 999,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          initContainers: [container],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '10Mi' } },
            { name: 'ca', configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            { name: 'admin', secret: { secretName: 'admin', defaultMode: 0o400 } },
          ],
          containers: [
            {
              ...container,
              ...{ command: ['psql'], args: ['-c', 'select 1'], workingDir: '/tmp', imagePullPolicy: 'IfNotPresent' },
              env: [
                { name: 'PGHOST', value: 'postgres' },
                { name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name: 'admin', key: 'password' } } },
                { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
              ],
              envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'S_' }],
              resources: { requests: { cpu: 1, memory: '64Mi' }, limits: { memory: '64Mi' } },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
              securityContext: {
                ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    ],
  ])('%s', (_, template) => {
    expect(fault(template)).toBe('good');
  });
});

const at = 'InvalidSpec: spec.rotation.validate.job.template';

describe('one that is refused, by the field that is wrong and with those that are right', () => {
  test.each<[string, unknown, string]>([
    [
      'another namespace',
      { metadata: { namespace: 'other' }, ...ofPod({}) },
      '.metadata: may not have namespace here; it may have labels, annotations',
    ],
    [
      'the network of the node',
      ofPod({ hostNetwork: true }),
      '.spec: may not have hostNetwork here; it may have containers,',
    ],
    ['processes of the node', ofPod({ hostPID: true, hostIPC: true }), '.spec: may not have hostPID, hostIPC here'],
    ['a node of its choice', ofPod({ nodeName: 'n1' }), '.spec: may not have nodeName'],
    ['files of the node', volume({ hostPath: { path: '/' } }), '.spec.volumes[0]: may not have hostPath'],
    ['a driver', volume({ csi: { driver: 'x' } }), '.spec.volumes[0]: may not have csi'],
    ['a token of another audience', volume({ projected: { sources: [] } }), '.spec.volumes[0]: may not have projected'],
    [
      'privileges',
      ofContainer({ securityContext: { privileged: true } }),
      '.spec.containers[0].securityContext.privileged',
    ],
    [
      'more rights than it began with',
      ofContainer({ securityContext: { allowPrivilegeEscalation: true } }),
      '.spec.containers[0].securityContext.allow',
    ],
    [
      'capabilities',
      ofContainer({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
      '.spec.containers[0].securityContext.capabilities: may not have add',
    ],
    [
      'no profile',
      ofPod({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
      '.spec.securityContext.seccompProfile.type',
    ],
    ['root', ofPod({ securityContext: { runAsUser: 0 } }), '.spec.securityContext.runAsUser'],
    ['root, said otherwise', ofPod({ securityContext: { runAsNonRoot: false } }), '.spec.securityContext.runAsNonRoot'],
    ['a port of the node', ofContainer({ ports: [{ hostPort: 80 }] }), '.spec.containers[0]: may not have ports'],
    ['a hook', ofContainer({ lifecycle: {} }), '.spec.containers[0]: may not have lifecycle'],
    ['another life', ofPod({ restartPolicy: 'OnFailure' }), '.spec.restartPolicy'],
    ['no container', { spec: { containers: [] } }, '.spec.containers'],
    ['five containers', ofPod({ containers: Array(5).fill(container) }), '.spec.containers'],
    ['no image', ofPod({ containers: [{ name: 'a' }] }), '.spec.containers[0].image: is required'],
    ['no spec', {}, '.spec: is required'],
    [
      'a reserved label',
      { metadata: { labels: { 'batch.kubernetes.io/job-name': 'x' } }, ...ofPod({}) },
      '.metadata.labels: keys under',
    ],
    ['a text', 'pod', ': must be an object'],
    [
      'more than a template holds',
      ofContainer({ args: Array(5).fill('x'.repeat(8000)) }),
      ': must have at most 32768 characters',
    ],
  ])('%s', (_, template, expected) => {
    expect(fault(template)).toContain(at + expected);
  });

  test('a name that somebody pasted is cut, and no value is shown', () => {
    const said = fault(ofPod({ ['p'.repeat(500)]: 'CANARY' }));
    expect(said).toContain(`may not have ${'p'.repeat(63)} here`);
    expect(said).not.toContain('CANARY');
  });
});
