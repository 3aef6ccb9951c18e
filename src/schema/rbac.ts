/** One rule of a Role or ClusterRole, as Kubernetes writes it. Each controller states its own; `make generate` joins them. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export const read = ['get', 'list', 'watch'] as const;
export const write = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;
