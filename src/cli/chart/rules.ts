import { group } from '../../api/group.ts';
import { rights as clusterReferenceRights } from '../../controllers/cluster-secret-reference/rbac.ts';
import { rights as referenceRights } from '../../controllers/secret-reference/rbac.ts';
import { rights as rotationRights } from '../../controllers/secret-rotation/rbac.ts';
import { rights as sourceRights } from '../../controllers/secret-source/rbac.ts';
import { type PolicyRule, type Right, read, write } from '../../schema/rbac.ts';

/** The rules that the chart's templates put together: the operator's, each under what it is for, and those of people. */
export const rules = {
  ...operatorRules(),
  people: peopleRules(),
};

function operatorRules(): Readonly<Record<Right, readonly PolicyRule[]>> {
  const all = [referenceRights, clusterReferenceRights, rotationRights, sourceRights];
  const of = (right: Right) => joined(all.flatMap(rights => rights[right] ?? []));
  return {
    serve: of('serve'),
    watchSecrets: of('watchSecrets'),
    mintTokens: of('mintTokens'),
    listPods: of('listPods'),
    rotation: of('rotation'),
    clusterSources: of('clusterSources'),
    clusterReferences: of('clusterReferences'),
    clusterEvents: of('clusterEvents'),
    home: of('home'),
    wholeCluster: of('wholeCluster'),
    reviewBearers: [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ],
  };
}

/**
 * Who may write a source decides which logins are used and where their tokens go: an admin. Who may write a
 * ClusterSecretReference writes references in every namespace: an admin of the cluster, who needs no role of ours.
 */
function peopleRules() {
  const all = [
    'secretreferences',
    'clustersecretreferences',
    'secretrotations',
    'secretsources',
    'clustersecretsources',
  ];
  return {
    view: [{ apiGroups: [group], resources: all, verbs: read }],
    edit: [{ apiGroups: [group], resources: ['secretreferences'], verbs: write }],
    admin: [{ apiGroups: [group], resources: ['secretsources'], verbs: write }],
    auditor: [
      { apiGroups: [group], resources: all, verbs: read },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: read },
    ],
  };
}

/** One rule for each resource, with all that somebody asked for it: easier to review than who asked for what. */
function joined(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const verbs = new Map<string, ReadonlySet<string>>();
  for (const rule of rules)
    for (const apiGroup of rule.apiGroups)
      for (const resource of rule.resources) {
        const key = `${apiGroup}/${resource}`;
        verbs.set(key, new Set([...(verbs.get(key) ?? []), ...rule.verbs]));
      }
  return [...verbs].map(([key, all]) => {
    const slash = key.indexOf('/');
    return { apiGroups: [key.slice(0, slash)], resources: [key.slice(slash + 1)], verbs: [...all] };
  });
}
