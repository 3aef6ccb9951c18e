import { describe, expect, test } from '@jest/globals';
import { type Rendered, type RenderOptions, render, type Values } from './render.ts';

/** What stands where once a value is set. */
type Row = readonly [meaning: string, values: Values, path: string, expected: unknown, options?: RenderOptions];

const pod = 'Deployment spec.template.spec';
const container = `${pod}.containers.0`;
const digest = `sha256:${'a1'.repeat(32)}`;

const imageRows: readonly Row[] = [
  ["the image is that of the chart's version", {}, `${container}.image`, 'shearline:0.1.0'],
  ['image.registry', { image: { registry: 'r.example' } }, `${container}.image`, 'r.example/shearline:0.1.0'],
  ['image.repository', { image: { repository: 'a/b' } }, `${container}.image`, 'a/b:0.1.0'],
  ['image.tag', { image: { tag: 'v1' } }, `${container}.image`, 'shearline:v1'],
  ['image.tag null', { image: { tag: null } }, `${container}.image`, 'shearline:0.1.0'],
  ['image.tag ""', { image: { tag: '' } }, `${container}.image`, 'shearline:0.1.0'],
  ['image.tag as a number', { image: { tag: 7 } }, `${container}.image`, 'shearline:7'],
  ['image.digest wins over the tag', { image: { tag: 'v1', digest } }, `${container}.image`, `shearline@${digest}`],
  ['image.pullPolicy', { image: { pullPolicy: 'Always' } }, `${container}.imagePullPolicy`, 'Always'],
  [
    'global.imageRegistry',
    { global: { imageRegistry: 'mirror' }, image: { registry: 'r' } },
    `${container}.image`,
    'mirror/shearline:0.1.0',
  ],
  [
    'imagePullSecrets, in their order, those of global first, each once',
    { imagePullSecrets: ['b', { name: 'a' }, 'g'], global: { imagePullSecrets: ['g'] } },
    `${pod}.imagePullSecrets`,
    [{ name: 'g' }, { name: 'b' }, { name: 'a' }],
  ],
  ['no imagePullSecrets', {}, `${pod}.imagePullSecrets`, undefined],
];

const pinning = { pinning: { enabled: true } };
const validating = 'ValidatingAdmissionPolicy';
const mutates = { knows: ['admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'] };

const nameRows: readonly Row[] = [
  ['nameOverride', { nameOverride: 'sync' }, 'Deployment metadata.name', 'shearline-sync'],
  ['nameOverride ""', { nameOverride: '' }, 'Deployment metadata.name', 'shearline'],
  ['fullnameOverride', { fullnameOverride: 'keeper' }, 'Deployment metadata.name', 'keeper'],
  ['a release of another name', {}, 'Deployment metadata.name', 'prod-shearline', { release: 'prod' }],
  ['namespaceOverride', { namespaceOverride: 'secrets' }, 'Deployment metadata.namespace', 'secrets'],
  ['commonLabels', { commonLabels: { team: 7 } }, `Deployment spec.template.metadata.labels.team`, '7'],
  [
    'commonLabels never reach a selector',
    { commonLabels: { team: 'x' } },
    'Deployment spec.selector.matchLabels.team',
    undefined,
  ],
  ['deploymentLabels', { deploymentLabels: { a: true } }, 'Deployment metadata.labels.a', 'true'],
  [
    'deploymentAnnotations',
    { deploymentAnnotations: { a: 12345678 } },
    'Deployment metadata.annotations.a',
    '12345678',
  ],
  ['podLabels', { podLabels: { a: 'b' } }, 'Deployment spec.template.metadata.labels.a', 'b'],
  [
    'podLabels cannot break the selector',
    { podLabels: { 'app.kubernetes.io/name': 'other' } },
    'Deployment spec.template.metadata.labels.app~kubernetes~io/name',
    'shearline',
  ],
  ['podAnnotations', { podAnnotations: { a: 'b' } }, 'Deployment spec.template.metadata.annotations', { a: 'b' }],
  ['no podAnnotations', {}, 'Deployment spec.template.metadata.annotations', undefined],
];

const accountRows: readonly Row[] = [
  ['serviceAccount.create', { serviceAccount: { create: false } }, 'ServiceAccount', undefined],
  [
    'serviceAccount.create false: default',
    { serviceAccount: { create: false } },
    `${pod}.serviceAccountName`,
    'default',
  ],
  ['serviceAccount.name', { serviceAccount: { name: 'me' } }, 'ServiceAccount metadata.name', 'me'],
  ['serviceAccount.name in bindings', { serviceAccount: { name: 'me' } }, 'ClusterRoleBinding subjects.0.name', 'me'],
  [
    'serviceAccount.annotations, through tpl',
    { serviceAccount: { annotations: { role: 'arn:{{ .Release.Name }}' } } },
    'ServiceAccount metadata.annotations',
    { role: 'arn:shearline' },
  ],
  ['serviceAccount.labels', { serviceAccount: { labels: { a: 'b' } } }, 'ServiceAccount metadata.labels.a', 'b'],
  ['serviceAccount.automount', { serviceAccount: { automount: false } }, `${pod}.automountServiceAccountToken`, false],
  [
    'projectedTokens: a volume',
    { projectedTokens: [{ mountPath: '/t', audience: 'sts' }] },
    `${pod}.volumes.0.projected.sources.0.serviceAccountToken`,
    { audience: 'sts', path: 'token', expirationSeconds: 3600 },
  ],
  [
    'projectedTokens: a mount',
    { projectedTokens: [{ mountPath: '/t', audience: 'sts', file: 'x', expirationSeconds: 600 }] },
    `${container}.volumeMounts.0`,
    { name: 'token-0', mountPath: '/t', readOnly: true },
  ],
];

const crdRows: readonly Row[] = [
  ['crds.enabled', { crds: { enabled: false } }, 'CustomResourceDefinition', undefined],
  ['crds.keep', {}, 'CustomResourceDefinition metadata.annotations', { 'helm.sh/resource-policy': 'keep' }],
  ['crds.keep false', { crds: { keep: false } }, 'CustomResourceDefinition metadata.annotations', {}],
  [
    'crds.annotations',
    { crds: { annotations: { a: 'b' } } },
    'CustomResourceDefinition metadata.annotations',
    { a: 'b', 'helm.sh/resource-policy': 'keep' },
  ],
  ['crds.labels', { crds: { labels: { a: 'b' } } }, 'CustomResourceDefinition metadata.labels.a', 'b'],
];

const rbacRows: readonly Row[] = [
  ['rbac.create', { rbac: { create: false } }, 'ClusterRole', undefined],
  ['rbac.create: bindings', { rbac: { create: false } }, 'RoleBinding', undefined],
  ['rbac.aggregate.view', { rbac: { aggregate: { view: false } } }, 'ClusterRole/shearline-view', undefined],
  ['rbac.aggregate.edit', { rbac: { aggregate: { edit: false } } }, 'ClusterRole/shearline-edit', undefined],
  ['rbac.aggregate.admin', { rbac: { aggregate: { admin: false } } }, 'ClusterRole/shearline-admin', undefined],
  ['rbac.aggregate.auditor', { rbac: { aggregate: { auditor: false } } }, 'ClusterRole/shearline-auditor', undefined],
  [
    'rbac.aggregate.auditor: for OpenShift too',
    { rbac: { aggregate: { auditor: true } } },
    'ClusterRole/shearline-auditor metadata.labels.rbac~authorization~k8s~io/aggregate-to-cluster-reader',
    'true',
  ],
];

const listsPods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };
const makesRecords = {
  apiGroups: ['shearline.dev'],
  resources: ['secretrotations'],
  verbs: ['get', 'list', 'watch', 'create', 'delete'],
};
const only = { scope: { namespaces: ['etl', 'web'] } };
const withClusterSources = { scope: { namespaces: ['etl'], clusterSources: true } };

const scopeRows: readonly Row[] = [
  ['the whole cluster: no Role of its own', {}, 'Role/shearline', undefined],
  ['scope.namespaces: no ClusterRole', only, 'ClusterRole', undefined],
  ['scope.namespaces: no ClusterRoleBinding', only, 'ClusterRoleBinding', undefined],
  ['scope.namespaces: a Role in each', only, 'Role/shearline metadata.namespace', 'etl'],
  [
    'scope.namespaces: its binding names the operator where it is',
    only,
    'RoleBinding/shearline subjects.0.namespace',
    'shearline-system',
  ],
  ['scope.namespaces, as a flag', only, `${container}.args.3`, '--namespaces=etl,web'],
  ['scope.namespaces: no cluster sources', only, `${container}.args.4`, '--cluster-sources=false'],
  [
    'scope.clusterSources: a ClusterRole for them alone',
    withClusterSources,
    'ClusterRole/shearline rules.0.resources',
    ['clustersecretsources'],
  ],
  ['scope.clusterSources: nothing more in it', withClusterSources, 'ClusterRole/shearline rules.2', undefined],
  [
    'scope.clusterSources: CA bundles and credentials of the own namespace',
    withClusterSources,
    'Role/shearline-home metadata.namespace',
    'shearline-system',
  ],
  [
    'scope.clusterSources: events about them',
    withClusterSources,
    'Role/shearline-events metadata.namespace',
    'default',
  ],
  ['scope.clusterSources: no people by itself', withClusterSources, 'ClusterRole/shearline-view', undefined],
  [
    'rbac.aggregate.view: people where wanted',
    { ...only, rbac: { aggregate: { view: true } } },
    'ClusterRole/shearline-view kind',
    'ClusterRole',
  ],
  [
    'scope.clusterSources false',
    { scope: { clusterSources: false } },
    `${container}.args.3`,
    '--cluster-sources=false',
  ],
  ['scope.clusterReferences', { scope: { clusterReferences: true } }, `${container}.args.3`, '--cluster-references'],
  [
    'scope.clusterReferences: what it takes',
    { scope: { clusterReferences: true } },
    'ClusterRole/shearline rules.0',
    { apiGroups: ['shearline.dev'], resources: ['secretreferences'], verbs: ['create', 'patch', 'delete'] },
  ],
  ['pinning.enabled', { pinning: { enabled: true } }, 'ClusterRole/shearline rules.10', listsPods],
  [
    'pinning.enabled where the API server can',
    pinning,
    'MutatingAdmissionPolicy metadata.name',
    'shearline-pin',
    mutates,
  ],
  ['pinning.enabled where it cannot', pinning, 'MutatingAdmissionPolicy', undefined],
  ['pinning.enabled where it cannot', pinning, 'ValidatingAdmissionPolicy/shearline-pinned kind', validating],
  ['pinning.enabled false', {}, 'MutatingAdmissionPolicy', undefined, mutates],
  ['pinning.enabled false', {}, 'ValidatingAdmissionPolicy/shearline-pinned', undefined, mutates],
  [
    'pinning.enabled, of the namespaces that are served',
    { ...pinning, scope: { namespaces: ['etl'] } },
    'MutatingAdmissionPolicy spec.matchConstraints.namespaceSelector.matchExpressions.0.values',
    ['etl'],
    mutates,
  ],
  ['pinning.enabled false', {}, 'ClusterRole/shearline rules.10.resources', ['namespaces']],
  ['rotation.enabled', { rotation: { enabled: true } }, `${container}.args.3`, '--rotation'],
  ['rotation.enabled: its rights', { rotation: { enabled: true } }, 'ClusterRole/shearline rules.10', makesRecords],
  [
    'rotation.enabled: who approves is asked for the verb',
    { rotation: { enabled: true } },
    'ValidatingAdmissionPolicy/shearline-approval spec.matchConstraints.resourceRules.0.resources',
    ['secretrotations'],
  ],
  ['rotation.enabled false: no policy', {}, 'ValidatingAdmissionPolicy/shearline-approval kind', undefined],
  [
    'rotation.approverDiffers',
    { rotation: { enabled: true, approverDiffers: true } },
    'ValidatingAdmissionPolicy/shearline-approval spec.validations.2.reason',
    'Forbidden',
  ],
  ['driftDetection', { driftDetection: 'poll' }, `${container}.args.3`, '--drift-detection=poll'],
  ['metrics.auth', { metrics: { auth: true } }, `${container}.args.3`, '--metrics-auth=true'],
  [
    'metrics.auth: who may ask',
    { metrics: { auth: true } },
    'ClusterRole/shearline-metrics-auth rules.0.resources',
    ['tokenreviews'],
  ],
  [
    'metrics.auth: who may scrape',
    { metrics: { auth: true } },
    'ClusterRole/shearline-metrics-reader rules',
    [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
  ],
];

const leaderRows: readonly Row[] = [
  ['leaderElection.leaseName', { leaderElection: { leaseName: 'l' } }, 'Role/l-lease rules.1.resourceNames', ['l']],
  ['leaderElection.leaseName ""', {}, 'Role/shearline-lease rules.1.resourceNames', ['shearline']],
  [
    'leaderElection.enabled false: no right to Leases',
    { replicaCount: 1, leaderElection: { enabled: false } },
    'Role',
    undefined,
  ],
];

const deploymentRows: readonly Row[] = [
  ['replicaCount', {}, 'Deployment spec.replicas', 2],
  ['replicaCount 0', { replicaCount: 0 }, 'Deployment spec.replicas', 0],
  ['strategy', { strategy: { type: 'Recreate' } }, 'Deployment spec.strategy', { type: 'Recreate' }],
  ['revisionHistoryLimit 0', { revisionHistoryLimit: 0 }, 'Deployment spec.revisionHistoryLimit', 0],
  ['revisionHistoryLimit null', { revisionHistoryLimit: null }, 'Deployment spec.revisionHistoryLimit', undefined],
  ['minReadySeconds 0', { minReadySeconds: 0 }, 'Deployment spec.minReadySeconds', 0],
  ['terminationGracePeriodSeconds 0', { terminationGracePeriodSeconds: 0 }, `${pod}.terminationGracePeriodSeconds`, 0],
  ['podDisruptionBudget.enabled', { podDisruptionBudget: { enabled: false } }, 'PodDisruptionBudget', undefined],
  ['podDisruptionBudget.maxUnavailable', {}, 'PodDisruptionBudget spec.maxUnavailable', 1],
  [
    'podDisruptionBudget.maxUnavailable 0',
    { podDisruptionBudget: { maxUnavailable: 0 } },
    'PodDisruptionBudget spec.maxUnavailable',
    0,
  ],
  [
    'podDisruptionBudget.maxUnavailable 50%',
    { podDisruptionBudget: { maxUnavailable: '50%' } },
    'PodDisruptionBudget spec.maxUnavailable',
    '50%',
  ],
  [
    'podDisruptionBudget.minAvailable 0',
    { podDisruptionBudget: { minAvailable: 0 } },
    'PodDisruptionBudget spec.minAvailable',
    0,
  ],
  [
    'podDisruptionBudget.minAvailable wins',
    { podDisruptionBudget: { minAvailable: '50%' } },
    'PodDisruptionBudget spec.maxUnavailable',
    undefined,
  ],
  [
    'podDisruptionBudget.unhealthyPodEvictionPolicy',
    { podDisruptionBudget: { unhealthyPodEvictionPolicy: 'IfHealthyBudget' } },
    'PodDisruptionBudget spec.unhealthyPodEvictionPolicy',
    'IfHealthyBudget',
  ],
];

const selector = {
  'app.kubernetes.io/name': 'shearline',
  'app.kubernetes.io/instance': 'shearline',
  'app.kubernetes.io/component': 'controller',
};
const ownSelector = {
  maxSkew: 2,
  topologyKey: 'zone',
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { a: 'b' } },
};

const placementRows: readonly Row[] = [
  ['topologySpreadConstraints', {}, `${pod}.topologySpreadConstraints.0.labelSelector.matchLabels`, selector],
  [
    'topologySpreadConstraints with a selector',
    { topologySpreadConstraints: [ownSelector] },
    `${pod}.topologySpreadConstraints`,
    [ownSelector],
  ],
  ['topologySpreadConstraints []', { topologySpreadConstraints: [] }, `${pod}.topologySpreadConstraints`, undefined],
  [
    'nodeSelector, merged over global.nodeSelector, as strings',
    { nodeSelector: { pool: 7, b: 'own' }, global: { nodeSelector: { b: 'global', c: true } } },
    `${pod}.nodeSelector`,
    { 'kubernetes.io/os': 'linux', pool: '7', b: 'own', c: 'true' },
  ],
  [
    'nodeSelector without its default',
    { nodeSelector: { 'kubernetes.io/os': null } },
    `${pod}.nodeSelector`,
    undefined,
  ],
  ['tolerations', { tolerations: [{ operator: 'Exists' }] }, `${pod}.tolerations`, [{ operator: 'Exists' }]],
  ['affinity', { affinity: { podAntiAffinity: {} } }, `${pod}.affinity`, { podAntiAffinity: {} }],
  ['priorityClassName', { priorityClassName: 'high' }, `${pod}.priorityClassName`, 'high'],
  ['priorityClassName ""', { priorityClassName: '' }, `${pod}.priorityClassName`, undefined],
  ['runtimeClassName', { runtimeClassName: 'gvisor' }, `${pod}.runtimeClassName`, 'gvisor'],
  ['schedulerName', { schedulerName: 's' }, `${pod}.schedulerName`, 's'],
  ['hostNetwork', { hostNetwork: true }, `${pod}.hostNetwork`, true],
  ['hostNetwork: DNS', { hostNetwork: true }, `${pod}.dnsPolicy`, 'ClusterFirstWithHostNet'],
  ['hostUsers false', { hostUsers: false }, `${pod}.hostUsers`, false],
  ['hostUsers null', {}, `${pod}.hostUsers`, undefined],
  ['dnsPolicy', { dnsPolicy: 'None', hostNetwork: true }, `${pod}.dnsPolicy`, 'None'],
  ['dnsConfig', { dnsConfig: { options: [{ name: 'ndots', value: '1' }] } }, `${pod}.dnsConfig.options.0.value`, '1'],
  ['hostAliases', { hostAliases: [{ ip: '10.0.0.1', hostnames: ['v'] }] }, `${pod}.hostAliases.0.ip`, '10.0.0.1'],
  ['enableServiceLinks', { enableServiceLinks: true }, `${pod}.enableServiceLinks`, true],
];

const containerRows: readonly Row[] = [
  ['podSecurityContext', {}, `${pod}.securityContext.runAsUser`, 65532],
  ['podSecurityContext, a field', { podSecurityContext: { runAsUser: 1 } }, `${pod}.securityContext.runAsUser`, 1],
  [
    'podSecurityContext, a field taken away',
    { podSecurityContext: { runAsUser: null } },
    `${pod}.securityContext.runAsUser`,
    undefined,
  ],
  [
    'securityContext, a field',
    { securityContext: { readOnlyRootFilesystem: false } },
    `${container}.securityContext.readOnlyRootFilesystem`,
    false,
  ],
  ['openshift auto', {}, `${pod}.securityContext.runAsUser`, undefined, { knows: ['security.openshift.io/v1'] }],
  [
    'openshift never',
    { openshift: 'never' },
    `${pod}.securityContext.runAsUser`,
    65532,
    { knows: ['security.openshift.io/v1'] },
  ],
  [
    'openshift always',
    { openshift: 'always', podSecurityContext: { fsGroup: 1 } },
    `${pod}.securityContext`,
    { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  ],
  ['resources', { resources: { limits: { memory: '1Gi' } } }, `${container}.resources.limits.memory`, '1Gi'],
  ['livenessProbe.enabled', { livenessProbe: { enabled: false } }, `${container}.livenessProbe`, undefined],
  [
    'livenessProbe',
    { livenessProbe: { initialDelaySeconds: 0, failureThreshold: 9 } },
    `${container}.livenessProbe`,
    {
      httpGet: { path: '/livez', port: 'health' },
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 9,
    },
  ],
  ['readinessProbe.enabled', { readinessProbe: { enabled: false } }, `${container}.readinessProbe`, undefined],
  [
    'readinessProbe',
    { readinessProbe: { periodSeconds: 9 } },
    `${container}.readinessProbe`,
    { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 9, timeoutSeconds: 5 },
  ],
  ['startupProbe.enabled', { startupProbe: { enabled: false } }, `${container}.startupProbe`, undefined],
  ['startupProbe', { startupProbe: { failureThreshold: 5 } }, `${container}.startupProbe.failureThreshold`, 5],
  [
    'lifecycle',
    { lifecycle: { preStop: { sleep: { seconds: 5 } } } },
    `${container}.lifecycle.preStop.sleep.seconds`,
    5,
  ],
  [
    'extraEnv, through tpl',
    { extraEnv: [{ name: 'A', value: '{{ .Release.Name }}' }] },
    `${container}.env.0`,
    { name: 'A', value: 'shearline' },
  ],
  [
    'extraEnv from a Secret',
    { extraEnv: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
    `${container}.env.0.valueFrom.secretKeyRef.key`,
    'k',
  ],
  ['extraEnv with a number', { extraEnv: [{ name: 'A', value: 0 }] }, `${container}.env.0.value`, '0'],
  [
    'extraEnvFrom',
    { extraEnvFrom: [{ secretRef: { name: 's' } }] },
    `${container}.envFrom`,
    [{ secretRef: { name: 's' } }],
  ],
  ['extraVolumes', { extraVolumes: [{ name: 'v', emptyDir: {} }] }, `${pod}.volumes`, [{ name: 'v', emptyDir: {} }]],
  ['no volumes', {}, `${pod}.volumes`, undefined],
  [
    'extraVolumeMounts',
    { extraVolumeMounts: [{ name: 'v', mountPath: '/v' }] },
    `${container}.volumeMounts`,
    [{ name: 'v', mountPath: '/v' }],
  ],
  [
    'extraContainers',
    { extraContainers: [{ name: 'c', image: 'i' }] },
    `${pod}.containers.1`,
    { name: 'c', image: 'i' },
  ],
  [
    'extraInitContainers',
    { extraInitContainers: [{ name: 'c', image: 'i' }] },
    `${pod}.initContainers`,
    [{ name: 'c', image: 'i' }],
  ],
];

const usual = [
  'controller',
  '--health-address=0.0.0.0:8081',
  '--metrics-address=0.0.0.0:8080',
  '--leader-elect=true',
  '--lease-name=shearline',
];

const flagRows: readonly Row[] = [
  ['no flag that a user did not set', {}, `${container}.args`, usual],
  ['the entry point of the image as it is', {}, `${container}.command`, undefined],
  ['no NODE_OPTIONS beside the flags of the image', {}, `${container}.env`, undefined],
  [
    'config, as flags',
    {
      config: {
        workers: 8,
        logLevel: 'debug',
        allowOperatorIdentity: false,
        allowProviderCidrs: ['10.0.0.0/8', '::1'],
        denyProviderCidrs: [],
      },
    },
    `${container}.args`,
    [
      ...usual,
      '--allow-operator-identity=false',
      '--allow-provider-cidrs=10.0.0.0/8,::1',
      '--log-level=debug',
      '--workers=8',
    ],
  ],
  ['config null', { config: { workers: null } }, `${container}.args`, usual],
  ['extraArgs as a list', { extraArgs: ['--a', 'b'] }, `${container}.args`, [...usual, '--a', 'b']],
  ['extraArgs as a map', { extraArgs: { b: 0, a: 'x' } }, `${container}.args`, [...usual, '--a=x', '--b=0']],
  ['bindAddress', { bindAddress: '[::]' }, `${container}.args.1`, '--health-address=[::]:8081'],
  ['health.port', { health: { port: 1 } }, `${container}.ports.0.containerPort`, 1],
  ['metrics.port', { metrics: { port: 2 } }, `${container}.args.2`, '--metrics-address=0.0.0.0:2'],
  [
    'leaderElection.enabled',
    { replicaCount: 1, leaderElection: { enabled: false } },
    `${container}.args.3`,
    '--leader-elect=false',
  ],
  [
    'proxy',
    { proxy: { https: 'http://p:1', noProxy: 'a,.b' } },
    `${container}.env.0`,
    { name: 'HTTPS_PROXY', value: 'http://p:1' },
  ],
  [
    'proxy.noProxy',
    { proxy: { https: 'http://p:1', noProxy: 'a,.b' } },
    `${container}.env.1`,
    { name: 'NO_PROXY', value: 'a,.b' },
  ],
  [
    'caBundle',
    { caBundle: { configMap: 'ca', key: 'x.pem' } },
    `${container}.env.0`,
    { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/shearline/ca/x.pem' },
  ],
  [
    'caBundle: its volume',
    { caBundle: { configMap: 'ca' } },
    `${pod}.volumes`,
    [{ name: 'ca-bundle', configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }],
  ],
];

const prometheus = { knows: ['monitoring.coreos.com/v1/ServiceMonitor', 'monitoring.coreos.com/v1/PodMonitor'] };
const service = (values: Values): Values => ({ metrics: { service: values } });
const dashboard = (values: Values): Values => ({ metrics: { dashboard: { enabled: true, ...values } } });
const monitor = (values: Values): Values => ({ metrics: { serviceMonitor: { enabled: true, ...values } } });

const metricsRows: readonly Row[] = [
  ['metrics.service.enabled', service({ enabled: false }), 'Service', undefined],
  ['metrics.service.type', service({ type: 'NodePort' }), 'Service spec.type', 'NodePort'],
  ['metrics.service.port', service({ port: 9 }), 'Service spec.ports.0.port', 9],
  [
    'metrics.service.annotations',
    service({ annotations: { 'prometheus.io/scrape': true } }),
    'Service metadata.annotations',
    { 'prometheus.io/scrape': 'true' },
  ],
  ['metrics.service.labels', service({ labels: { a: 'b' } }), 'Service metadata.labels.a', 'b'],
  [
    'metrics.service.ipFamilies',
    service({ ipFamilies: ['IPv6', 'IPv4'] }),
    'Service spec.ipFamilies',
    ['IPv6', 'IPv4'],
  ],
  [
    'metrics.service.ipFamilyPolicy',
    service({ ipFamilyPolicy: 'PreferDualStack' }),
    'Service spec.ipFamilyPolicy',
    'PreferDualStack',
  ],
  [
    'metrics.service.trafficDistribution',
    service({ trafficDistribution: 'PreferSameZone' }),
    'Service spec.trafficDistribution',
    'PreferSameZone',
  ],
  ['metrics.serviceMonitor', {}, 'ServiceMonitor', undefined, prometheus],
  [
    'metrics.serviceMonitor.enabled',
    monitor({}),
    'ServiceMonitor spec',
    {
      endpoints: [{ port: 'metrics', path: '/metrics', honorLabels: true }],
      namespaceSelector: { matchNames: ['shearline-system'] },
      selector: { matchLabels: selector },
    },
    prometheus,
  ],
  ['metrics.serviceMonitor.onMissingCrd skip', monitor({ onMissingCrd: 'skip' }), 'ServiceMonitor', undefined],
  [
    'metrics.serviceMonitor.onMissingCrd always',
    monitor({ onMissingCrd: 'always' }),
    'ServiceMonitor kind',
    'ServiceMonitor',
  ],
  [
    'metrics.serviceMonitor.namespace',
    monitor({ namespace: 'mon' }),
    'ServiceMonitor metadata.namespace',
    'mon',
    prometheus,
  ],
  [
    'metrics.serviceMonitor.labels',
    monitor({ labels: { a: 'b' } }),
    'ServiceMonitor metadata.labels.a',
    'b',
    prometheus,
  ],
  [
    'metrics.serviceMonitor.annotations',
    monitor({ annotations: { a: 'b' } }),
    'ServiceMonitor metadata.annotations.a',
    'b',
    prometheus,
  ],
  [
    'metrics.serviceMonitor: its endpoint',
    monitor({
      interval: '30s',
      scrapeTimeout: '5s',
      honorLabels: true,
      relabelings: [{ action: 'drop' }],
      metricRelabelings: [{ action: 'keep' }],
      endpoint: { scheme: 'http' },
    }),
    'ServiceMonitor spec.endpoints.0',
    {
      port: 'metrics',
      path: '/metrics',
      interval: '30s',
      scrapeTimeout: '5s',
      honorLabels: true,
      relabelings: [{ action: 'drop' }],
      metricRelabelings: [{ action: 'keep' }],
      scheme: 'http',
    },
    prometheus,
  ],
  ['metrics.dashboard', {}, 'ConfigMap', undefined],
  [
    'metrics.dashboard: its place and what the sidecar looks for',
    dashboard({
      namespace: 'grafana',
      labels: { grafana_dashboard: null, find: 'me' },
      annotations: { folder: 'Secrets' },
    }),
    'ConfigMap metadata',
    {
      name: 'shearline-dashboard',
      namespace: 'grafana',
      labels: expect.objectContaining({ find: 'me', 'app.kubernetes.io/part-of': 'shearline' }),
      annotations: { folder: 'Secrets' },
    },
  ],
  [
    'metrics.dashboard.labels taken away',
    dashboard({ labels: { grafana_dashboard: null } }),
    'ConfigMap metadata.labels.grafana_dashboard',
    undefined,
  ],
  [
    'metrics.podMonitor',
    { metrics: { podMonitor: { enabled: true, interval: '1m' } } },
    'PodMonitor spec.podMetricsEndpoints',
    [{ port: 'metrics', path: '/metrics', interval: '1m', honorLabels: true }],
    prometheus,
  ],
];

const policy = (values: Values): Values => ({ networkPolicy: { enabled: true, ...values } });
const tcp = (port: number | string) => ({ port, protocol: 'TCP' });

const policyRows: readonly Row[] = [
  ['networkPolicy', {}, 'NetworkPolicy', undefined],
  ['networkPolicy.enabled: nobody may come in', policy({}), 'NetworkPolicy spec.ingress', []],
  [
    'networkPolicy.ingress.metricsFrom',
    policy({ ingress: { metricsFrom: [{ podSelector: {} }] } }),
    'NetworkPolicy spec.ingress',
    [{ from: [{ podSelector: {} }], ports: [tcp('metrics')] }],
  ],
  [
    'networkPolicy.ingress.extra',
    policy({ ingress: { extra: [{ from: [] }] } }),
    'NetworkPolicy spec.ingress',
    [{ from: [] }],
  ],
  [
    'networkPolicy.egress',
    policy({}),
    'NetworkPolicy spec.egress',
    [
      { ports: [{ port: 53, protocol: 'UDP' }, tcp(53)] },
      { ports: [tcp(443), tcp(6443)] },
      { ports: [tcp(443), tcp(8200)] },
    ],
  ],
  [
    'networkPolicy.egress, narrowed',
    policy({
      egress: {
        dns: { to: [{ namespaceSelector: {} }] },
        apiServer: { ports: [] },
        stores: { ports: [1], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
        extra: [{ ports: [tcp(3128)] }],
      },
    }),
    'NetworkPolicy spec.egress',
    [
      { ports: [{ port: 53, protocol: 'UDP' }, tcp(53)], to: [{ namespaceSelector: {} }] },
      { ports: [tcp(1)], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
      { ports: [tcp(3128)] },
    ],
  ],
];

const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ plain }}' } };
const extraRows: readonly Row[] = [
  ['extraObjects as a map, written as it is', { extraObjects: [map] }, 'ConfigMap metadata.name', '{{ plain }}'],
  [
    'extraObjects as a string, through tpl',
    { extraObjects: ['{apiVersion: v1, kind: ConfigMap, metadata: {name: "{{ .Release.Name }}-x"}}'] },
    'ConfigMap metadata.name',
    'shearline-x',
  ],
];

describe.each<[string, readonly Row[]]>([
  ['image', imageRows],
  ['names and labels', nameRows],
  ['identity', accountRows],
  ['CRDs', crdRows],
  ['rights', rbacRows],
  ['scope', scopeRows],
  ['leader election', leaderRows],
  ['Deployment', deploymentRows],
  ['placement', placementRows],
  ['container', containerRows],
  ['flags', flagRows],
  ['metrics', metricsRows],
  ['network policy', policyRows],
  ['more objects', extraRows],
])('%s', (_what, rows) => {
  // Rest, because Jest hands a `done` to whatever names one parameter more than its row has.
  test.each(rows)('%s', async (...[_, values, path, expected, options]: Row) => {
    expect((await renderedOnce(values, options)).at(path)).toEqual(expected);
  });
});

const known = new Map<string, Promise<Rendered>>();

/** Many rows look at the same: the chart as it is. */
function renderedOnce(values: Values, options?: RenderOptions): Promise<Rendered> {
  const key = JSON.stringify([values, options]);
  const rendered = known.get(key) ?? render(values, options);
  known.set(key, rendered);
  return rendered;
}
