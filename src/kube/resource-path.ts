import { type ObjectKey, splitKey } from '../core/object-key.ts';
import type { Resource } from './port.ts';

/** `/api/v1/namespaces/etl/secrets`; with the empty namespace the collection of the whole cluster. */
export function collectionPath(resource: Resource, namespace: string): string | undefined {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  if (namespace === '') return `${root}/${resource.plural}`;
  const scope = segment(namespace);
  return scope && `${root}/namespaces/${scope}/${resource.plural}`;
}

/** Undefined for a name that no object can have: an empty one would name the collection, `..` another resource. */
export function objectPath(resource: Resource, key: ObjectKey, subresource = ''): string | undefined {
  const { namespace, name } = splitKey(key);
  const collection = collectionPath(resource, namespace);
  const last = segment(name);
  if (collection === undefined || last === undefined) return undefined;
  return subresource === '' ? `${collection}/${last}` : `${collection}/${last}/${subresource}`;
}

/** `secrets`, or `serviceaccounts/token` with a subresource, of a path that these made. */
export function resourceIn(path: string): string {
  const [url = ''] = path.split('?');
  const [plural = '', , subresource] = url
    .replace(/^\/(api|apis\/[^/]+)\/[^/]+\/(namespaces\/[^/]+\/(?=.))?/, '')
    .split('/');
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}

/** What the API server itself refuses in the name of any object: it would not stay one segment. */
function segment(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name) || !name.isWellFormed()) return undefined;
  return encodeURIComponent(name);
}
