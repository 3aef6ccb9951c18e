/** One request, or one line of a watch, in the words that rules are written in. */
export interface Call {
  /** Kubernetes: get list watch create update patch delete. OpenBao: read login lookup renew revoke mounts other. */
  readonly verb: string;
  /** Plural; for OpenBao the mount. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  /** For OpenBao the path below the mount. */
  readonly name: string;
  /** Path and query, as they were asked for. */
  readonly url: string;
  readonly userAgent: string;
}

export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly userAgent: string;
  readonly body: Buffer;
}

export type Describe = (request: RawRequest) => Call;

/** How the API server itself would call it. */
export function describeKubernetes({ method, url, userAgent, body }: RawRequest): Call {
  const { pathname, searchParams } = new URL(url, 'https://api');
  const { namespace, resource, name, subresource } = placeOf(pathname);
  const isWatch = searchParams.get('watch') === 'true';
  const verb = method === 'GET' ? (isWatch ? 'watch' : name === '' ? 'list' : 'get') : (writeVerbs[method] ?? 'other');
  const created = verb === 'create' && name === '' ? nameIn(body) : name;
  return { verb, resource, subresource, namespace, name: created, url, userAgent };
}

const writeVerbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

function placeOf(pathname: string): Pick<Call, 'namespace' | 'resource' | 'name' | 'subresource'> {
  const [, rest = ''] = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(.*)$/.exec(pathname) ?? [];
  const [first = '', ...others] = rest.split('/').map(decodeURIComponent);
  const namespaced = first === 'namespaces' && others.length > 1;
  const [namespace = '', resource = '', name = '', subresource = ''] = namespaced ? others : ['', first, ...others];
  return { namespace, resource, name, subresource };
}

function nameIn(body: Buffer): string {
  const [, name = ''] = /"metadata":\{[^{}]*?"name":"([^"]*)"/.exec(body.toString('utf8')) ?? [];
  return name;
}

/** What a client of Vault or OpenBao wants. */
export function describeVault({ method, url, userAgent }: RawRequest): Call {
  const path = new URL(url, 'https://store').pathname.replace(/^\/v1\//, '');
  const [resource = '', ...rest] = path.split('/');
  const verb = vaultVerbs.find(({ matches }) => matches.test(path))?.verb ?? (method === 'GET' ? 'read' : 'other');
  return { verb, resource, subresource: '', namespace: '', name: rest.join('/'), url, userAgent };
}

const vaultVerbs = [
  { matches: /^auth\/.+\/login$/, verb: 'login' },
  { matches: /^auth\/token\/lookup-self$/, verb: 'lookup' },
  { matches: /^auth\/token\/renew-self$/, verb: 'renew' },
  { matches: /^auth\/token\/revoke-self$/, verb: 'revoke' },
  { matches: /^sys\/internal\/ui\/mounts/, verb: 'mounts' },
] as const;
