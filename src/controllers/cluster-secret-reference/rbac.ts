import { type Rights, read } from '../../schema/rbac.ts';

/** What reconciling ClusterSecretReferences needs from the cluster, and nothing else. */
export const rights: Rights = {
  // Also where they are not served: they say so themselves.
  wholeCluster: [
    { apiGroups: ['shearline.dev'], resources: ['clustersecretreferences'], verbs: read },
    { apiGroups: ['shearline.dev'], resources: ['clustersecretreferences/status'], verbs: ['patch'] },
  ],
  clusterReferences: [
    { apiGroups: ['shearline.dev'], resources: ['secretreferences'], verbs: ['create', 'patch', 'delete'] },
  ],
};
