import * as z from 'zod';
import { kubeObject, kubeObjects, onOff, section, set, strings, text, unset, whole, wholeOrPercent } from './fields.ts';

const probe = (description: string, defaults: Readonly<Record<string, number>>) => {
  const number = (name: string, meaning: string) =>
    defaults[name] === undefined ? unset(whole, meaning) : set(whole, defaults[name], meaning);
  return section(description, {
    enabled: set(onOff, true, 'Probe at all.'),
    initialDelaySeconds: number('initialDelaySeconds', 'Seconds before the first.'),
    periodSeconds: number('periodSeconds', 'Seconds between two.'),
    timeoutSeconds: number('timeoutSeconds', 'Seconds for an answer.'),
    failureThreshold: number('failureThreshold', 'Failures in a row that count.'),
    successThreshold: number('successThreshold', 'Successes in a row that count.'),
  });
};

const restricted = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
const nonRoot = { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } };
const spread = { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' };

const projectedToken = z.strictObject({
  mountPath: text.min(1),
  audience: text.min(1),
  file: text.min(1).optional(),
  expirationSeconds: z.int().min(600).optional(),
});

const placement = {
  podDisruptionBudget: section('Of the replicas, one at a time may be evicted.', {
    enabled: set(onOff, true, 'Create it.'),
    minAvailable: unset(wholeOrPercent, 'Number or percentage; wins over `maxUnavailable`.'),
    maxUnavailable: set(wholeOrPercent, 1, 'Number or percentage.'),
    unhealthyPodEvictionPolicy: set(
      z.enum(['AlwaysAllow', 'IfHealthyBudget']),
      'AlwaysAllow',
      'AlwaysAllow or IfHealthyBudget.',
    ),
  }),
  topologySpreadConstraints: set(
    kubeObjects,
    [spread],
    'Of the pods; one without `labelSelector` gets that of the pods.',
  ),
  nodeSelector: set(strings, { 'kubernetes.io/os': 'linux' }, 'Labels of nodes; wins over `global.nodeSelector`.'),
  tolerations: set(kubeObjects, [], 'Taints that are tolerated.'),
  affinity: set(kubeObject, {}, 'Affinity of the pods.'),
  priorityClassName: set(text, '', 'Such as `system-cluster-critical`.'),
  runtimeClassName: set(text, '', 'Runtime class of the pods.'),
  schedulerName: set(text, '', 'Scheduler of the pods.'),
};

const network = {
  hostNetwork: set(onOff, false, 'Use the network of the node.'),
  hostUsers: unset(onOff, 'false: a user namespace of its own (Kubernetes 1.36).'),
  dnsPolicy: set(text, '', 'DNS policy; with `hostNetwork` ClusterFirstWithHostNet.'),
  dnsConfig: set(kubeObject, {}, 'DNS options, such as `options: [{name: ndots, value: "1"}]`.'),
  hostAliases: set(kubeObjects, [], 'Lines for /etc/hosts.'),
  enableServiceLinks: set(onOff, false, 'Variables for each Service of the namespace.'),
};

const container = {
  podSecurityContext: set(kubeObject, nonRoot, 'Of the pods: the restricted standard. A field is taken away by null.'),
  securityContext: set(kubeObject, restricted, 'Of the container: the restricted standard.'),
  openshift: set(
    z.enum(['auto', 'always', 'never']),
    'auto',
    'Leave users and groups to OpenShift: auto where the cluster is one, always or never.',
  ),
  resources: set(
    kubeObject,
    { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    'The limit leaves room for 10,000 references that are all read at once. No CPU limit: being throttled in a rotation costs more than a short peak.',
  ),
  startupProbe: probe('Until /livez answers.', { periodSeconds: 1, failureThreshold: 60 }),
  livenessProbe: probe('Whether the event loop turns: /livez.', {
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 3,
  }),
  readinessProbe: probe('Whether the caches have seen the cluster: /readyz.', { periodSeconds: 5, timeoutSeconds: 5 }),
  lifecycle: set(kubeObject, {}, 'Hooks of the container.'),
};

const extras = {
  extraArgs: set(
    z.union([z.array(text), strings]),
    [],
    'More arguments: a list, or a map of flags without their dashes.',
  ),
  extraEnv: set(kubeObjects, [], 'More environment; each `value` goes through `tpl`.'),
  extraEnvFrom: set(kubeObjects, [], 'Environment from ConfigMaps and Secrets.'),
  extraVolumes: set(kubeObjects, [], 'More volumes.'),
  extraVolumeMounts: set(kubeObjects, [], 'More mounts.'),
  extraContainers: set(kubeObjects, [], 'More containers.'),
  extraInitContainers: set(kubeObjects, [], 'Init containers.'),
  projectedTokens: set(
    z.array(projectedToken),
    [],
    "Tokens of the operator's own ServiceAccount for an audience: `mountPath`, `audience`, and `file` (token), `expirationSeconds` (3600).",
  ),
};

/** The Deployment and its pods. */
export const podValues = {
  replicaCount: set(whole, 2, 'One leads, the others stand by with warm caches. 0: switched off.'),
  strategy: set(kubeObject, {}, 'How pods are replaced.'),
  revisionHistoryLimit: unset(whole, 'ReplicaSets that are kept; 0 is allowed.'),
  minReadySeconds: unset(whole, 'Seconds until a ready pod counts.'),
  terminationGracePeriodSeconds: set(whole, 20, 'Longer than the 10 seconds of an orderly end.'),
  deploymentLabels: set(strings, {}, 'Labels of the Deployment.'),
  deploymentAnnotations: set(strings, {}, 'Annotations of the Deployment.'),
  podLabels: set(strings, {}, 'Labels of the pods, such as `azure.workload.identity/use: "true"`.'),
  podAnnotations: set(strings, {}, 'Annotations of the pods.'),
  ...placement,
  ...network,
  ...container,
  ...extras,
};
