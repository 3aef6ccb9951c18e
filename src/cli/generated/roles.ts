import { group } from '../../api/group.ts';
import { rules as referenceRules } from '../../controllers/secret-reference/rbac.ts';
import { rules as sourceRules } from '../../controllers/secret-source/rbac.ts';
import { type PolicyRule, read, write } from '../../schema/rbac.ts';
import { instance, namespace } from './names.ts';

/** Who may do what: the operator itself, and the people of each namespace. */
export function roles(): readonly unknown[] {
  return [...operatorRoles(), ...peopleRoles()];
}

const rbac = 'rbac.authorization.k8s.io';
const eventRules: readonly PolicyRule[] = [
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];
const leaseRules: readonly PolicyRule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...read, 'create', 'update', 'patch'] },
];

function operatorRoles(): readonly unknown[] {
  const subjects = [{ kind: 'ServiceAccount', name: instance, namespace }];
  return [
    clusterRole(instance, joined([...referenceRules, ...sourceRules, ...eventRules])),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: instance },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: instance },
      subjects,
    },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: instance, namespace }, rules: leaseRules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: instance, namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: instance },
      subjects,
    },
  ];
}

/** Whoever may write a source decides which logins are used and where their tokens go: that takes an admin. */
function peopleRoles(): readonly unknown[] {
  const sources = ['secretsources', 'clustersecretsources'];
  return [
    aggregated('view', ['secretreferences', ...sources], read),
    aggregated('edit', ['secretreferences'], write),
    aggregated('admin', ['secretsources'], write),
  ];
}

/** Adds to a role that Kubernetes has already; its `edit` holds all of `view`, its `admin` all of `edit`. */
function aggregated(role: 'view' | 'edit' | 'admin', resources: readonly string[], verbs: readonly string[]): unknown {
  const labels = { [`${rbac}/aggregate-to-${role}`]: 'true' };
  return clusterRole(`${instance}-${role}`, [{ apiGroups: [group], resources, verbs }], labels);
}

function clusterRole(name: string, rules: readonly PolicyRule[], labels?: Readonly<Record<string, string>>): unknown {
  const metadata = { name, ...(labels === undefined ? {} : { labels }) };
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules };
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
