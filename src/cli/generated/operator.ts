import { instance, namespace } from './names.ts';

const labels = { 'app.kubernetes.io/name': instance };
const healthPort = 8081;
const metricsPort = 8080;

/** Where the operator runs. Nothing but the operator belongs in this namespace. */
export const operatorNamespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespace,
    labels: {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/audit': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  },
};

export const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: instance, namespace } };

/** Otherwise whoever may send a signal to the process opens a debugger in it, by SIGUSR1. */
const noInspector = '--disable-sigusr1';

/**
 * Young garbage is collected in 12 MB instead of 48, and all of it at rest (src/memory-at-rest.ts); threads share the
 * allocator's memory, and what is larger than 32 KiB (a TLS connection has a buffer of 64, most of it never touched) goes
 * back to the system: 100 MB less together.
 */
const env = [
  { name: 'NODE_OPTIONS', value: `${noInspector} --max-semi-space-size=4 --expose-gc` },
  { name: 'MALLOC_ARENA_MAX', value: '1' },
  { name: 'MALLOC_MMAP_THRESHOLD_', value: '32768' },
];

export const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: instance, namespace, labels },
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: instance,
        // Longer than the operator's own 10 seconds for an orderly end.
        terminationGracePeriodSeconds: 20,
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [container()],
      },
    },
  },
};

function container() {
  return {
    name: instance,
    image: 'shearline:0.1.0',
    args: ['controller', `--health-address=0.0.0.0:${healthPort}`, `--metrics-address=0.0.0.0:${metricsPort}`],
    env,
    ports: [
      { name: 'health', containerPort: healthPort },
      { name: 'metrics', containerPort: metricsPort },
    ],
    livenessProbe: { httpGet: { path: '/livez', port: 'health' }, periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 5 },
    // No CPU limit: being throttled in the middle of a rotation costs more than a short peak.
    // What 10,000 references take when all of them wait for a store at once: a turn that waits holds 14 kB.
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
