import type { CallKind, Seen } from '../../conformance/harness.ts';
import { type Answer, json } from '../answers.ts';
import type { Certificate } from '../certificates.ts';
import type { TokenVerifier } from '../oidc.ts';
import { type RecordedRequest, type StandIn, startStandIn } from '../stand-in.ts';
import { answer, Parameters, refuse } from './secrets-api.ts';
import { type AccessToken, Workspace } from './state.ts';
import { exchange } from './token-api.ts';

/** A Databricks workspace, as far as secrets and logins go. See README.md for what differs from the real one. */
export interface Databricks extends Pick<StandIn, 'address' | 'stop' | 'requests'> {
  readonly workspace: Workspace;
  /** Calls of this kind meet this answer, until there is none. */
  misbehave(call: CallKind, answer?: Answer): void;
  /** Reads, lists and logins since the start, in order. */
  readonly seen: readonly Seen[];
}

export interface DatabricksOptions {
  readonly tls: Certificate;
  /** Of the cluster whose ServiceAccounts may come. */
  readonly verifier: TokenVerifier;
}

export async function startWorkspace({ tls, verifier }: DatabricksOptions): Promise<Databricks> {
  const workspace = new Workspace();
  const seen: Seen[] = [];
  const wrong = new Map<CallKind, Answer>();
  const standIn = await startStandIn(
    async request => {
      const { pathname } = new URL(request.path, 'https://databricks.test');
      if (pathname === '/oidc/v1/token') return logIn(request);
      if (pathname === '/.well-known/databricks-config') return json({ oidc_endpoint: `${standIn.address}/oidc` });
      if (pathname === '/oidc/.well-known/oauth-authorization-server') return json(endpoints(standIn.address));
      if (pathname.startsWith('/api/2.0/secrets/')) return secrets(request, pathname.slice('/api/2.0/secrets/'.length));
      return refuse(404, 'ENDPOINT_NOT_FOUND', `No API found for '${pathname}'`);
    },
    { tls },
  );

  const logIn = async ({ body, headers }: RecordedRequest): Promise<Answer> => {
    const misbehaviour = wrong.get('login');
    const { answer, verified } = await exchange(
      workspace,
      verifier,
      new URLSearchParams(body),
      `${headers.authorization ?? ''}`,
    );
    seen.push({ kind: 'login', ...(verified && { namespace: verified.namespace, audience: verified.audience }) });
    return misbehaviour ?? answer;
  };

  const secrets = (request: RecordedRequest, path: string): Answer => {
    const caller = callerOf(workspace, request);
    const kind = kinds[path];
    if (kind) seen.push({ kind, ...(caller?.namespace !== undefined && { namespace: caller.namespace }) });
    const misbehaviour = kind && wrong.get(kind);
    if (misbehaviour) return misbehaviour;
    if (request.headers.authorization === undefined)
      return refuse(401, 401, 'Credential was not sent or was of an unsupported type for this API.');
    return caller
      ? answer(workspace, caller.principal, path, parametersOf(request))
      : refuse(403, 403, 'Invalid access token.');
  };

  return {
    workspace,
    seen,
    address: standIn.address,
    requests: standIn.requests,
    stop: standIn.stop,
    misbehave: (kind, given) => void (given ? wrong.set(kind, given) : wrong.delete(kind)),
  };
}

const kinds: Readonly<Record<string, CallKind>> = { get: 'read', list: 'list', 'scopes/list': 'list' };

function callerOf(workspace: Workspace, { headers }: RecordedRequest): AccessToken | undefined {
  return workspace.bearer(`${headers.authorization ?? ''}`.replace(/^Bearer /, ''));
}

function parametersOf({ method, path, body }: RecordedRequest): Parameters {
  const { searchParams } = new URL(path, 'https://databricks.test');
  return Parameters.parse(method === 'GET' ? Object.fromEntries(searchParams) : JSON.parse(body));
}

/** Where the vendor's SDK looks first. */
const endpoints = (address: string) => ({
  issuer: `${address}/oidc`,
  authorization_endpoint: `${address}/oidc/v1/authorize`,
  token_endpoint: `${address}/oidc/v1/token`,
});
