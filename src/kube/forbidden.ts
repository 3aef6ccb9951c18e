import { splitKey } from '../core/object-key.ts';
import type { KubeClient, KubeResult, Resource } from './port.ts';

/** A call that RBAC does not allow, in the words of a rule. */
export interface ForbiddenCall {
  readonly verb: 'get' | 'create' | 'update' | 'patch' | 'delete';
  readonly group: string;
  /** With its subresource, as in `secretreferences/status`. */
  readonly resource: string;
  readonly namespace: string;
}

/** The same client, which tells of each call that was forbidden: whoever made it may have nobody to tell. */
export function tellingForbidden(client: KubeClient, tell: (call: ForbiddenCall) => void): KubeClient {
  const told = async <T>(
    verb: ForbiddenCall['verb'],
    { group, plural }: Resource,
    namespace: string,
    answer: Promise<KubeResult<T>>,
    subresource?: string,
  ): Promise<KubeResult<T>> => {
    const result = await answer;
    const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
    if (!result.ok && result.fault.kind === 'refused' && result.fault.cause === 'forbidden')
      tell({ verb, group, resource, namespace });
    return result;
  };
  const of = (key: Parameters<KubeClient['get']>[1]): string => splitKey(key).namespace;
  return {
    get: (resource, key, ...rest) => told('get', resource, of(key), client.get(resource, key, ...rest)),
    create: (resource, namespace, ...rest) =>
      told('create', resource, namespace, client.create(resource, namespace, ...rest)),
    createSub: (resource, key, subresource, ...rest) =>
      told('create', resource, of(key), client.createSub(resource, key, subresource, ...rest), subresource),
    replace: (resource, key, ...rest) => told('update', resource, of(key), client.replace(resource, key, ...rest)),
    patch: (resource, key, patch, ...rest) =>
      told('patch', resource, of(key), client.patch(resource, key, patch, ...rest), patch.subresource),
    delete: (resource, key, ...rest) => told('delete', resource, of(key), client.delete(resource, key, ...rest)),
  };
}
