import { type PolicyRule, read } from '../../schema/rbac.ts';

/** What reconciling sources needs from the cluster, and nothing else. */
export const rules: readonly PolicyRule[] = [
  { apiGroups: ['shearline.dev'], resources: ['secretsources', 'clustersecretsources'], verbs: read },
  {
    apiGroups: ['shearline.dev'],
    resources: ['secretsources/status', 'clustersecretsources/status'],
    verbs: ['patch'],
  },
  // CA bundles; credentials are Secrets, which the rules of references let us read.
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
];
