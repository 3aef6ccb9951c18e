/** Which namespaces a ClusterSecretSource serves; by default none. Whatever is unclear is "not served". */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}
export interface LabelRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}
export interface ServedNamespaces {
  readonly names?: readonly string[] | undefined;
  readonly selector?: LabelSelector | undefined;
  readonly all?: boolean | undefined;
}

export function servesNamespace(
  served: ServedNamespaces,
  namespace: { readonly name: string; readonly labels: Readonly<Record<string, string>> | undefined },
): boolean {
  if (served.all === true) return true;
  if (served.names?.includes(namespace.name) === true) return true;
  // What is not known is not an absent label: no selector serves it.
  if (served.selector === undefined || namespace.labels === undefined) return false;
  return selects(served.selector, namespace.labels);
}

function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  if (equal.length + expressions.length === 0) return false;
  return (
    equal.every(([key, value]) => labelOf(labels, key) === value) &&
    expressions.every(requirement => holds(requirement, labelOf(labels, requirement.key)))
  );
}

const labelOf = (labels: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

function holds({ operator, values = [] }: LabelRequirement, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
    default:
      return false;
  }
}
