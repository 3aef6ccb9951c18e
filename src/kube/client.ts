import { type ObjectKey, splitKey } from '../core/object-key.ts';
import { failed, mapOk, ok } from '../core/result.ts';
import { fieldOf, listOf, textOf } from '../core/untyped.ts';
import type { CallOptions, KubeClient, KubeFault, KubeResult, ListPage, RefusalCause, Resource } from './api.ts';
import type { ApiRequest, RoundTrip } from './http.ts';

/** The verbs on single objects, over whatever sends a request. */
export function createKubeClient(call: RoundTrip): KubeClient {
  const at = (resource: Resource, key: ObjectKey, rest: Rest, options: CallOptions, subresource?: string) =>
    perform(call, objectPath(resource, key, subresource), rest, options);
  return {
    get: (resource, key, options) => at(resource, key, { method: 'GET' }, options),
    list: (resource, namespace, page, options) =>
      perform(call, collectionPath(resource, namespace), { method: 'GET', query: pageQuery(page) }, options, 'List'),
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
      const { propagationPolicy } = options;
      const body = json({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions, propagationPolicy });
      return mapOk(await at(resource, key, { method: 'DELETE', body }, options), () => undefined);
    },
  };
}

const pageQuery = (page: ListPage): string =>
  `?${Object.entries(page)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&')}`;

interface Rest extends Pick<ApiRequest, 'method' | 'body'> {
  readonly query?: string;
}

const json = (body: unknown) => ({ type: 'application/json', json: body });

/** A name that cannot be one is refused here, as the API server would, before it could name something else. */
async function perform(
  call: RoundTrip,
  path: string | undefined,
  { query = '', ...rest }: Rest,
  options: CallOptions,
  collection: 'List' | '' = '',
): Promise<KubeResult<unknown>> {
  if (path === undefined) return failed({ kind: 'refused', cause: 'invalid' });
  const accept = options.answer === 'metadata' ? metadataAccept(collection) : undefined;
  const answer = await call({ ...rest, path: path + query, ...(accept === undefined ? {} : { accept }) }, options);
  if (answer.kind === 'no-response') return failed({ kind: 'unavailable' });
  return answer.status < 300 ? ok(answer.body) : failed(kubeFaultOf(answer.status, answer.body, answer.retryAfterMs));
}

const metadataAccept = (collection: string): string =>
  `application/json;as=PartialObjectMetadata${collection};g=meta.k8s.io;v=v1`;

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

/** A call that RBAC does not allow, in the words of a rule. */
export interface ForbiddenCall {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete';
  readonly group: string;
  /** With its subresource, as in `secretreferences/status`. */
  readonly resource: string;
  readonly namespace: string;
}

/** The same client, which reports each forbidden call: its caller may have no way to. */
export function withForbiddenReports(client: KubeClient, tell: (call: ForbiddenCall) => void): KubeClient {
  const reported = async <T>(
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
    get: (resource, key, ...rest) => reported('get', resource, of(key), client.get(resource, key, ...rest)),
    list: (resource, namespace, ...rest) =>
      reported('list', resource, namespace, client.list(resource, namespace, ...rest)),
    create: (resource, namespace, ...rest) =>
      reported('create', resource, namespace, client.create(resource, namespace, ...rest)),
    createSub: (resource, key, subresource, ...rest) =>
      reported('create', resource, of(key), client.createSub(resource, key, subresource, ...rest), subresource),
    replace: (resource, key, ...rest) => reported('update', resource, of(key), client.replace(resource, key, ...rest)),
    patch: (resource, key, patch, ...rest) =>
      reported('patch', resource, of(key), client.patch(resource, key, patch, ...rest), patch.subresource),
    delete: (resource, key, ...rest) => reported('delete', resource, of(key), client.delete(resource, key, ...rest)),
  };
}

/** How long to wait when the API server says "too many requests" without a time. */
const defaultRetryAfterMs = 1000;

/**
 * What an answer that is no success means. `body` is the API server's Status, whose codes decide. Its text is looked at
 * for the refusals that have no code (quota, admission, immutable), and never leaves this file.
 */
export function kubeFaultOf(status: number, body: unknown, retryAfterMs = defaultRetryAfterMs): KubeFault {
  if (status === 429) return { kind: 'throttled', retryAfterMs };
  if (status < 400 || status === 408 || status >= 500) return { kind: 'unavailable' };
  // A policy or webhook chooses its own status: 403, 422, 413, any other.
  if (isDeniedByAdmission(body)) return refused('admission');
  switch (status) {
    case 401:
      return refused('unauthenticated');
    case 403:
      return refused(causeOfForbidden(body));
    case 404:
      return namesAnObject(body) ? { kind: 'not-found' } : { kind: 'unavailable', notServed: true };
    case 409:
      return conflictOf(body);
    case 413:
      return refused('too-large');
    case 422:
      return invalidOf(body);
    default:
      return refused('invalid');
  }
}

const refused = (cause: RefusalCause): KubeFault => ({ kind: 'refused', cause });

const isDeniedByAdmission = (body: unknown): boolean =>
  /(ValidatingAdmissionPolicy|admission webhook) /.test(messageOf(body)) &&
  / denied (the )?request/.test(messageOf(body));

function causeOfForbidden(body: unknown): RefusalCause {
  if (causesOf(body).some(cause => reasonOf(cause) === 'NamespaceTerminating')) return 'namespace-terminating';
  // A quota that was just made is not counted yet.
  return /exceeded quota|status unknown for quota/.test(messageOf(body)) ? 'quota' : 'forbidden';
}

/** A 404 that names no object says that the resource is not served (yet): not knowing is not the same as not there. */
const namesAnObject = (body: unknown): boolean =>
  reasonOf(body) === 'NotFound' && textOf(fieldOf(fieldOf(body, 'details'), 'name')) !== undefined;

function conflictOf(body: unknown): KubeFault {
  if (reasonOf(body) === 'AlreadyExists') return { kind: 'already-exists' };
  const owned = causesOf(body).some(cause => reasonOf(cause) === 'FieldManagerConflict');
  return owned ? refused('field-owned') : { kind: 'conflict' };
}

function invalidOf(body: unknown): KubeFault {
  const causes = causesOf(body);
  // The UID in a patch is our precondition: another one means that the object was made again.
  if (causes.some(cause => fieldOf(cause, 'field') === 'metadata.uid')) return { kind: 'conflict' };
  if (causes.some(isTooLarge)) return refused('too-large');
  return refused(causes.some(isImmutable) ? 'immutable' : 'invalid');
}

/** Data and annotations are bounded as a whole; any other field that is too long is simply invalid. */
const isTooLarge = (cause: unknown): boolean =>
  reasonOf(cause) === 'FieldValueTooLong' &&
  /^(data|metadata\.annotations)$/.test(textOf(fieldOf(cause, 'field')) ?? '');

const isImmutable = (cause: unknown): boolean => messageOf(cause).includes('field is immutable');

const causesOf = (body: unknown): readonly unknown[] => listOf(fieldOf(fieldOf(body, 'details'), 'causes'));
const reasonOf = (status: unknown): string | undefined => textOf(fieldOf(status, 'reason'));
const messageOf = (status: unknown): string => textOf(fieldOf(status, 'message')) ?? '';
