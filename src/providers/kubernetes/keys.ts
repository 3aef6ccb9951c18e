import { invalidSpec } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';

/**
 * `secrets/NAMESPACE/NAME` and `configmaps/NAMESPACE/NAME` name an object, `…/DATAKEY` one of its values. All parts go
 * into a URL as they are, so that nothing may stand in them but what Kubernetes itself allows.
 */
export interface Place {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  /** Absent: the object as a whole. */
  readonly dataKey?: string;
}

export const resources = ['secrets', 'configmaps'] as const;
export type Resource = (typeof resources)[number];

/** Where a key leads; `NAMESPACE/NAME` is short for a Secret. */
export function placeOf(key: string): Result<Place> {
  const parts = key.split('/');
  const [first = '', namespace = '', name = '', dataKey] = parts.length === 2 ? ['secrets', ...parts] : parts;
  const resource = resources.find(each => each === first);
  if (resource === undefined || parts.length < 2 || parts.length > 4) return failed(invalidSpec(form));
  if (!isLabel(namespace)) return failed(invalidSpec(`the namespace in the remote key ${dns}: ${form}`));
  if (!isSubdomain(name)) return failed(invalidSpec(`the object's name in the remote key ${dns}: ${form}`));
  if (dataKey !== undefined && !isDataKey(dataKey))
    return failed(invalidSpec(`the data key in the remote key ${data}`));
  return ok({ resource, namespace, name, ...(dataKey !== undefined && { dataKey }) });
}

/** The canonical form. */
export const keyOf = ({ resource, namespace, name, dataKey }: Place): string =>
  [resource, namespace, name, ...(dataKey === undefined ? [] : [dataKey])].join('/');

export const isLabel = (text: string): boolean => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text);

const isSubdomain = (text: string): boolean => text.length <= 253 && text.split('.').every(isPart);
const isPart = (text: string): boolean => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text);
const isDataKey = (text: string): boolean => /^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$/.test(text);

const form =
  'a remote key is secrets/NAMESPACE/NAME or configmaps/NAMESPACE/NAME, one value of it …/NAME/KEY; NAMESPACE/NAME is a Secret';
const dns = 'may have only a-z, 0-9, "-" and, in names, "."';
const data = 'may have only letters, digits, "-", "_" and ".", and must not begin with ".."';
