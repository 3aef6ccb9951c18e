import * as z from 'zod';
import {
  interval,
  kubeObject,
  kubeObjects,
  onOff,
  optionalNamespaceName,
  port,
  section,
  set,
  strings,
  text,
  unset,
} from './fields.ts';

const monitor = (kind: 'ServiceMonitor' | 'PodMonitor') =>
  section(`A ${kind} of the Prometheus operator.`, {
    enabled: set(onOff, false, 'Create it.'),
    onMissingCrd: set(
      z.enum(['fail', 'skip', 'always']),
      'fail',
      `Where the cluster knows no ${kind}: fail, skip it, or create it always.`,
    ),
    namespace: set(optionalNamespaceName, '', 'Its namespace; default: that of the operator.'),
    labels: set(strings, {}, 'Labels that your Prometheus selects by.'),
    annotations: set(strings, {}, 'Annotations.'),
    interval: set(interval, '', 'Time between scrapes.'),
    scrapeTimeout: set(interval, '', 'Time for a scrape.'),
    honorLabels: set(onOff, true, 'Keep `namespace` of the metrics, which is that of the reference: alerts need it.'),
    relabelings: set(kubeObjects, [], 'Relabelings before the scrape.'),
    metricRelabelings: set(kubeObjects, [], 'Relabelings of what was scraped.'),
    endpoint: set(kubeObject, {}, 'More fields of the endpoint, such as `bearerTokenFile`.'),
  });

const prometheusRule = section('Alerts, each with a section in docs/alerts.md, as a PrometheusRule.', {
  enabled: set(onOff, false, 'Create it.'),
  onMissingCrd: set(
    z.enum(['fail', 'skip', 'always']),
    'fail',
    'Where the cluster knows no PrometheusRule: fail, skip it, or create it always.',
  ),
  namespace: set(optionalNamespaceName, '', 'Its namespace; default: that of the operator.'),
  labels: set(strings, {}, 'Labels that your Prometheus selects by.'),
  annotations: set(strings, {}, 'Annotations.'),
  alertLabels: set(strings, {}, 'Labels on each alert, over its own.'),
  disabled: set(z.array(text.min(1)), [], 'Names of alerts to leave out.'),
  runbookUrl: set(
    text.min(1),
    'docs/alerts.md',
    'Where docs/alerts.md is served; the name of the alert follows as anchor.',
  ),
});

const dashboard = section('A Grafana dashboard, as a ConfigMap that the sidecar of Grafana finds.', {
  enabled: set(onOff, false, 'Create it.'),
  namespace: set(optionalNamespaceName, '', 'Its namespace; default: that of the operator.'),
  labels: set(strings, { grafana_dashboard: '1' }, 'Labels that the sidecar selects by.'),
  annotations: set(strings, {}, 'Annotations, such as `grafana_folder: Secrets`.'),
});

const peers = 'Peers as in a NetworkPolicy; empty: everywhere.';
const ports = (numbers: readonly number[], description: string) => set(z.array(port), [...numbers], description);

/** What listens, and what may be reached. */
export const networkValues = {
  bindAddress: set(text.min(1), '0.0.0.0', 'Where the operator listens; `[::]` where pods have IPv6.'),
  health: section('/livez and /readyz.', { port: set(port, 8081, 'Port.') }),
  metrics: section('/metrics.', {
    port: set(port, 8080, 'Port.'),
    auth: set(
      onOff,
      false,
      'Serve it only to bearer tokens that RBAC allows it: bind the ClusterRole whose name ends in `-metrics-reader`.',
    ),
    service: section('A Service for it.', {
      enabled: set(onOff, true, 'Create it.'),
      type: set(z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']), 'ClusterIP', 'ClusterIP, NodePort or LoadBalancer.'),
      port: set(port, 8080, 'Port.'),
      annotations: set(strings, {}, 'Annotations.'),
      labels: set(strings, {}, 'Labels.'),
      ipFamilies: set(z.array(z.enum(['IPv4', 'IPv6'])), [], 'IPv4, IPv6 or both; empty: the default of the cluster.'),
      ipFamilyPolicy: unset(
        z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']),
        'SingleStack, PreferDualStack or RequireDualStack.',
      ),
      trafficDistribution: set(text, '', 'Such as `PreferSameZone`.'),
    }),
    serviceMonitor: monitor('ServiceMonitor'),
    podMonitor: monitor('PodMonitor'),
    prometheusRule,
    dashboard,
  }),
  networkPolicy: section('What may reach the pods, and what they may reach.', {
    enabled: set(onOff, false, 'Create one.'),
    ingress: section('To the pods. Probes of the node pass in any case.', {
      metricsFrom: set(kubeObjects, [], 'Peers that may scrape, as in a NetworkPolicy; empty: nobody.'),
      extra: set(kubeObjects, [], 'More rules.'),
    }),
    egress: section('From the pods.', {
      dns: section('Name servers.', {
        ports: ports([53], 'Ports, TCP and UDP (OpenShift: 5353).'),
        to: set(kubeObjects, [], peers),
      }),
      apiServer: section('The API server.', {
        ports: ports([443, 6443], 'Ports, after translation by the Service too.'),
        to: set(kubeObjects, [], peers),
      }),
      stores: section('Stores.', { ports: ports([443, 8200], 'Ports.'), to: set(kubeObjects, [], peers) }),
      extra: set(kubeObjects, [], 'More rules: stores on other ports, a proxy.'),
    }),
  }),
};
