import { expect, test } from '@jest/globals';
import { sharedControlPlane } from '../servers/shared.ts';
import { chart, helm } from './helm.ts';
import type { Values } from './render.ts';

/** Values of every part of the chart that Kubernetes itself defines: whether it takes them can only the API server say. */
const fields: Values = {
  crds: { enabled: false },
  image: { registry: 'registry.example.com', digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: ['pull'],
  commonLabels: { team: 'platform' },
  strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '50%' } },
  revisionHistoryLimit: 0,
  minReadySeconds: 5,
  podAnnotations: { note: 1 },
  podDisruptionBudget: { minAvailable: '50%' },
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } } } },
      ],
    },
  },
  schedulerName: 'default-scheduler',
  hostUsers: false,
  dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['vault.example.com'] }],
  lifecycle: { preStop: { sleep: { seconds: 1 } } },
  startupProbe: { initialDelaySeconds: 0 },
  livenessProbe: { successThreshold: 1 },
  readinessProbe: { failureThreshold: 2 },
  extraArgs: { 'log-level': 'debug' },
  extraEnv: [
    { name: 'A', value: '{{ .Release.Name }}' },
    { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ],
  extraEnvFrom: [{ configMapRef: { name: 'c', optional: true } }],
  extraVolumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Mi' } }],
  extraVolumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  extraContainers: [{ name: 'beside', image: 'beside:1' }],
  extraInitContainers: [{ name: 'before', image: 'before:1' }],
  projectedTokens: [{ mountPath: '/var/run/tokens/sts', audience: 'sts.amazonaws.com' }],
  caBundle: { configMap: 'ca' },
  proxy: { https: 'http://proxy:3128', noProxy: '.svc' },
  metrics: {
    auth: true,
    service: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', trafficDistribution: 'PreferSameZone' },
  },
  networkPolicy: {
    enabled: true,
    ingress: { metricsFrom: [{ namespaceSelector: { matchLabels: { a: 'b' } } }] },
    egress: {
      stores: { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
      extra: [{ ports: [{ port: 3128, protocol: 'TCP' }] }],
    },
  },
  extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more', namespace: 'default' } }],
};

test.each<[string, Values]>([
  ['default values', { crds: { enabled: false } }],
  ['every field of Kubernetes that a value sets', fields],
  [
    'single namespaces with cluster sources',
    { ...fields, scope: { namespaces: ['default', 'kube-public'], clusterSources: true } },
  ],
  ['no network of its own', { ...fields, hostNetwork: true, hostUsers: null, driftDetection: 'poll' }],
])('the API server takes the objects, without a warning: %s', async (_, values) => {
  const { kubectl } = await sharedControlPlane();
  const said = await helm(['template', 'dry', chart, '--namespace', 'default', '--values', '-'], {
    input: JSON.stringify(values),
  });
  const objects = said.ok ? said.text : said.complaint;
  const dryRun = ['apply', '--dry-run=server', '--validate=strict', '--warnings-as-errors', '--filename=-'];
  expect(await kubectl(dryRun, { input: objects })).toContain('deployment.apps/dry-shearline created (server dry run)');
});
