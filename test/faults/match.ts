import type { Call } from './call.ts';

/** What a rule is about: plain data, every part of it optional. A list means any of it. */
export interface RequestMatch {
  readonly verb?: string | readonly string[];
  readonly resource?: string | readonly string[];
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** A part of path or query: several watches of Secrets differ by their selector only. */
  readonly url?: string;
  readonly userAgent?: string;
}

/** One line of a watch. */
export interface EventMatch extends Pick<RequestMatch, 'resource' | 'namespace' | 'name' | 'url'> {
  /** ADDED, MODIFIED, DELETED or BOOKMARK. */
  readonly event: string | readonly string[];
}

type Where = Omit<RequestMatch, 'verb' | 'resource'>;

export const get = (resource: string, where: Where = {}): RequestMatch => ({ verb: 'get', resource, ...where });
export const list = (resource: string, where: Where = {}): RequestMatch => ({ verb: 'list', resource, ...where });
export const watch = (resource: string, where: Where = {}): RequestMatch => ({ verb: 'watch', resource, ...where });
export const create = (resource: string, where: Where = {}): RequestMatch => ({ verb: 'create', resource, ...where });
export const update = (resource: string, where: Where = {}): RequestMatch => ({ verb: 'update', resource, ...where });
export const remove = (resource: string, where: Where = {}): RequestMatch => ({ verb: 'delete', resource, ...where });
export const statusOf = (resource: string, where: Where = {}): RequestMatch => ({
  verb: 'patch',
  resource,
  subresource: 'status',
  ...where,
});

/** The watch of our targets, which is one of three of Secrets. */
export const targets = { url: 'managed' } as const;

const writes = ['create', 'update', 'patch', 'delete'] as const;
/** What counts: objects that somebody would miss, or find changed. Not events, tokens, reviews and the Lease. */
const counted = [
  ...['secrets', 'secretreferences', 'secretrotations', 'secretsources', 'clustersecretsources'],
  ...['jobs', 'deployments'],
] as const;

export const anyRequest: RequestMatch = {};
export const anyWrite = (where: Where = {}): RequestMatch => ({ verb: writes, resource: counted, ...where });
export const leaseWrite: RequestMatch = { verb: writes, resource: 'leases' };

export const read = (name?: string): RequestMatch => ({ verb: 'read', ...(name === undefined ? {} : { name }) });
export const login: RequestMatch = { verb: 'login' };

export const event = (
  kind: EventMatch['event'],
  resource: string,
  where: Pick<Where, 'namespace' | 'name' | 'url'> = {},
): EventMatch => ({ event: kind, resource, ...where });

export function matches(match: RequestMatch | EventMatch, call: Call): boolean {
  const { verb, subresource, userAgent } = 'event' in match ? eventAsRequest(match) : match;
  return (
    isOneOf(verb, call.verb) &&
    isOneOf(match.resource, call.resource) &&
    isOneOf(subresource, call.subresource) &&
    isOneOf(match.namespace, call.namespace) &&
    isOneOf(match.name, call.name) &&
    (match.url === undefined || call.url.includes(match.url)) &&
    (userAgent === undefined || call.userAgent.startsWith(userAgent))
  );
}

const eventAsRequest = ({ event: kind }: EventMatch): RequestMatch => ({ verb: kind });

const isOneOf = (wanted: string | readonly string[] | undefined, actual: string): boolean =>
  wanted === undefined || (typeof wanted === 'string' ? wanted === actual : wanted.includes(actual));
