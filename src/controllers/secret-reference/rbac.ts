import { type Rights, read } from '../../schema/rbac.ts';

/** What reconciling references needs from the cluster, and nothing else. */
export const rights: Rights = {
  serve: [
    // patch, for the finalizer of Merge; the spec is never written.
    { apiGroups: ['shearline.dev'], resources: ['secretreferences'], verbs: [...read, 'patch'] },
    { apiGroups: ['shearline.dev'], resources: ['secretreferences/status'], verbs: ['patch'] },
    { apiGroups: ['shearline.dev'], resources: ['secretsources'], verbs: read },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'update', 'patch', 'delete'] },
    { apiGroups: [''], resources: ['serviceaccounts'], verbs: read },
    // Those that may serve as templates, by their label.
    { apiGroups: [''], resources: ['configmaps'], verbs: read },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ],
  watchSecrets: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'] }],
  // Which pods refer to a revision of delivery Pinned, before it is deleted.
  listPods: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
  // Logins are made with a token of a ServiceAccount of the reference's namespace.
  mintTokens: [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }],
  clusterSources: [{ apiGroups: ['shearline.dev'], resources: ['clustersecretsources'], verbs: read }],
  // Their labels, by which ClusterSecretSources choose.
  wholeCluster: [{ apiGroups: [''], resources: ['namespaces'], verbs: read }],
};
