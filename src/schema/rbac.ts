/** One rule of a Role or ClusterRole, as Kubernetes writes it. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What rules are for. The chart grants each only where its values ask for it. */
export type Right =
  /** In each namespace that is served. */
  | 'serve'
  /** There too: to see at once that a target was changed or deleted, and by whom which Secret may be used. */
  | 'watchSecrets'
  /** There too: tokens of ServiceAccounts, to log in to stores with. */
  | 'mintTokens'
  /** There too: which pods refer to a revision. */
  | 'listPods'
  /** There too: runs of spec.rotation, and what their stages touch. */
  | 'rotation'
  /** ClusterSecretSources. */
  | 'clusterSources'
  /** ClusterSecretReferences, which make SecretReferences in each namespace that they choose. */
  | 'clusterReferences'
  /** In namespace `default`, where Events about them are. */
  | 'clusterEvents'
  /** In the operator's own namespace, for these: CA bundles, credentials, identities of the operator. */
  | 'home'
  /** What only an operator for all namespaces can know. */
  | 'wholeCluster'
  /** To ask who scrapes, and whether they may. */
  | 'reviewBearers';

/** Each controller states its own; `make generate` joins them. */
export type Rights = Readonly<Partial<Record<Right, readonly PolicyRule[]>>>;

export const read = ['get', 'list', 'watch'] as const;
export const write = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;
