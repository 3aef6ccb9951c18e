import nodeVault from 'node-vault';
import type { Result } from '../../core/result.ts';
import type { HttpAnswer, HttpFault, ProviderHttp } from '../../net/http.ts';

/** One identity at one store. What it answers is the store's answer, bytes and all, or why there is none. */
export interface VaultClient {
  /** `path` below `/v1/`, checked and encoded, with its query. */
  get(path: string, signal: AbortSignal): Promise<Reply>;
  post(path: string, body: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Reply>;
}

export type Reply = Result<HttpAnswer, HttpFault>;

export interface VaultClientOptions {
  readonly address: string;
  /** Undefined and `root` (a name that no other namespace can have) are the same. */
  readonly namespace: string | undefined;
  /** Empty before the login. */
  readonly token: string;
  /** Of a token that is good for so many requests. */
  readonly uses?: TokenUses;
  readonly http: ProviderHttp;
}

/** Counts the requests of a token down, as the store does: those that fail count too. */
export interface TokenUses {
  left(): number;
  take(path: string): void;
}

/** Undefined for 0, which is the store's word for any number. */
export function tokenUses(limit: number): TokenUses | undefined {
  let left = limit;
  const take = (path: string): void => {
    if (!path.startsWith('sys/internal/ui/')) left = Math.max(0, left - 1); // there the token only says who asks
  };
  return limit > 0 ? { left: () => left, take } : undefined;
}

/** A node-vault client of its own, because clients that share a configuration share headers and with them tokens. */
export function createVaultClient({ address, namespace, token, uses, http }: VaultClientOptions): VaultClient {
  const client = nodeVault({
    endpoint: address,
    debug: () => {}, // the default one prints bodies when DEBUG is set
    // A method for each of Vault's features: 14 kB a client, and each login has two.
    commands: {},
    // Of no use: by a schema, it would check that `read` and `write` below have set a path and a method.
    tv4: Object.assign(() => true, { validate: () => true }),
    'request-promise': { defaults: () => (request: NodeVaultRequest) => carry(http, request) },
  });
  // Said again after construction: where an option is empty the constructor takes VAULT_TOKEN, VAULT_NAMESPACE, VAULT_PREFIX.
  Object.assign(client, { token, namespace: namespace === 'root' ? '' : (namespace ?? ''), pathPrefix: '' });
  return {
    get: (path, signal) => {
      uses?.take(path);
      return client.read(path, { signal });
    },
    post: (path, body, signal) => {
      uses?.take(path);
      return client.write(path, body, { signal });
    },
  };
}

/** What node-vault hands to its HTTP function. */
interface NodeVaultRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly signal: AbortSignal;
}

interface NodeVaultResponse {
  readonly statusCode: number;
  readonly body: Reply;
  readonly request: { readonly path: string };
}

/**
 * node-vault would parse the body (and round its numbers) and put the store's text into an error. So it is told that
 * all went well, and what really happened travels as the body.
 */
async function carry(http: ProviderHttp, request: NodeVaultRequest): Promise<NodeVaultResponse> {
  const { method, uri: url, json, signal } = request;
  const headers = { ...request.headers, 'X-Vault-Request': 'true' }; // agents and proxies may insist on it
  const payload =
    json === undefined ? { headers } : { headers: { ...headers, ...jsonType }, body: JSON.stringify(json) };
  return { statusCode: 200, body: await http.request({ method, url, ...payload }, signal), request: { path: '' } };
}

const jsonType = { 'Content-Type': 'application/json' };
