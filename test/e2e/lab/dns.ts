import { copyFile } from 'node:fs/promises';
import type { InstalledParts } from '../../servers/install.ts';
import { imageOf, type Recipe } from './images.ts';
import { dnsAddress } from './place.ts';

/** CoreDNS as a pod, so that Services have names. */
export const dnsImage = ({ coredns }: Pick<InstalledParts, 'coredns'>): Recipe => ({
  name: 'coredns',
  config: { Entrypoint: ['/coredns'] },
  fill: folder => copyFile(coredns, `${folder}/coredns`),
});

const namespace = 'kube-system';
const metadata = { name: 'coredns', namespace };
const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'coredns' };
const labels = { 'k8s-app': 'kube-dns' };
const corefile = '.:5353 {\n  errors\n  ready\n  kubernetes cluster.local in-addr.arpa\n  cache 5\n}\n';

export const dnsObjects = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: role.name },
    rules: [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: role.name },
    roleRef: role,
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec() } },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace },
    spec: {
      clusterIP: dnsAddress,
      selector: labels,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 5353 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 5353 },
      ],
    },
  },
];

function podSpec() {
  return {
    serviceAccountName: metadata.name,
    dnsPolicy: 'Default',
    containers: [
      {
        name: 'coredns',
        image: imageOf({ name: 'coredns' }),
        args: ['-conf', '/etc/coredns/Corefile'],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: metadata.name } }],
  };
}
