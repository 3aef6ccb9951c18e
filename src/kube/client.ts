import type { ObjectKey } from '../core/object-key.ts';
import { failed, mapOk, ok } from '../core/result.ts';
import type { Caller } from './caller.ts';
import type { ApiRequest } from './exchange.ts';
import { faultOf } from './faults.ts';
import type { CallOptions, KubeClient, KubeResult, Resource } from './port.ts';
import { collectionPath, objectPath } from './resource-path.ts';

/** The verbs on single objects, over whatever sends a request. */
export function createKubeClient(call: Caller): KubeClient {
  const at = (resource: Resource, key: ObjectKey, rest: Rest, options: CallOptions, subresource?: string) =>
    perform(call, objectPath(resource, key, subresource), rest, options);
  return {
    get: (resource, key, options) => at(resource, key, { method: 'GET' }, options),
    create: (resource, namespace, body, options) =>
      perform(call, collectionPath(resource, namespace), { method: 'POST', body: json(body) }, options),
    createSub: (resource, key, subresource, body, options) =>
      at(resource, key, { method: 'POST', body: json(body) }, options, subresource),
    replace: (resource, key, body, options) => at(resource, key, { method: 'PUT', body: json(body) }, options),
    patch: (resource, key, { type, body, subresource, fieldManager }, options) => {
      const query = fieldManager === undefined ? '' : `?fieldManager=${encodeURIComponent(fieldManager)}`;
      return at(resource, key, { method: 'PATCH', body: { type, json: body }, query }, options, subresource);
    },
    delete: async (resource, key, preconditions, options) => {
      const body = json({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
      return mapOk(await at(resource, key, { method: 'DELETE', body }, options), () => undefined);
    },
  };
}

interface Rest extends Pick<ApiRequest, 'method' | 'body'> {
  readonly query?: string;
}

const json = (body: unknown) => ({ type: 'application/json', json: body });

/** A name that cannot be one is refused here, as the API server would, before it could name something else. */
async function perform(
  call: Caller,
  path: string | undefined,
  { query = '', ...rest }: Rest,
  options: CallOptions,
): Promise<KubeResult<unknown>> {
  if (path === undefined) return failed({ kind: 'refused', cause: 'invalid' });
  const accept = options.answer === 'metadata' ? metadataAccept : undefined;
  const answer = await call({ ...rest, path: path + query, ...(accept === undefined ? {} : { accept }) }, options);
  if (answer.kind === 'lost') return failed({ kind: 'unavailable' });
  return answer.status < 300 ? ok(answer.body) : failed(faultOf(answer.status, answer.body, answer.retryAfterMs));
}

const metadataAccept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
