import { type Rights, read } from '../../schema/rbac.ts';

/** What reconciling sources needs from the cluster, and nothing else. */
export const rights: Rights = {
  serve: [
    { apiGroups: ['shearline.dev'], resources: ['secretsources'], verbs: read },
    { apiGroups: ['shearline.dev'], resources: ['secretsources/status'], verbs: ['patch'] },
    // CA bundles; credentials are Secrets, which the rules of references let us read.
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
  ],
  clusterEvents: [{ apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] }],
  home: [
    { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get'] },
    { apiGroups: [''], resources: ['serviceaccounts'], verbs: read },
  ],
  clusterSources: [
    { apiGroups: ['shearline.dev'], resources: ['clustersecretsources'], verbs: read },
    { apiGroups: ['shearline.dev'], resources: ['clustersecretsources/status'], verbs: ['patch'] },
  ],
};
