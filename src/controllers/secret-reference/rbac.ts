import { type PolicyRule, read } from '../../schema/rbac.ts';

/** What reconciling references needs from the cluster, and nothing else. */
export const rules: readonly PolicyRule[] = [
  // patch, for the finalizer of Merge; the spec is never written.
  { apiGroups: ['shearline.dev'], resources: ['secretreferences'], verbs: [...read, 'patch'] },
  { apiGroups: ['shearline.dev'], resources: ['secretreferences/status'], verbs: ['patch'] },
  { apiGroups: ['shearline.dev'], resources: ['secretsources', 'clustersecretsources'], verbs: read },
  { apiGroups: [''], resources: ['secrets'], verbs: [...read, 'create', 'update', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['namespaces', 'serviceaccounts'], verbs: read },
  // Logins are made with a token of a ServiceAccount of the reference's namespace.
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
];
