import { timingSafeEqual } from 'node:crypto';
import { type Answer, json } from '../answers.ts';
import type { TokenVerifier, VerifiedToken } from '../oidc.ts';
import type { AccessToken, FederationPolicy, Workspace } from './state.ts';

/** What the token endpoint made of a request: the answer, and of whom the token was. */
export interface Exchange {
  readonly answer: Answer;
  readonly verified?: Extract<VerifiedToken, { readonly ok: true }>;
}

const hourMs = 3_600_000;

/** POST /oidc/v1/token: token exchange (RFC 8693) and client credentials (RFC 6749, section 4.4). */
export async function exchange(
  workspace: Workspace,
  verifier: TokenVerifier,
  form: URLSearchParams,
  authorization: string,
): Promise<Exchange> {
  const grant = form.get('grant_type');
  if (form.get('scope') !== 'all-apis') return { answer: refuse(400, 'invalid_scope', 'unknown scope') };
  if (grant === 'client_credentials') return { answer: clientCredentials(workspace, form, authorization) };
  if (grant === 'urn:ietf:params:oauth:grant-type:token-exchange') return tokenExchange(workspace, verifier, form);
  return { answer: refuse(400, 'unsupported_grant_type', `${grant} is not supported`) };
}

const refuse = (status: number, error: string, error_description: string): Answer =>
  json({ error, error_description }, status);

/** The token lives no longer than the one that it was exchanged for. */
async function tokenExchange(workspace: Workspace, verifier: TokenVerifier, form: URLSearchParams): Promise<Exchange> {
  if (form.get('subject_token_type') !== 'urn:ietf:params:oauth:token-type:jwt')
    return { answer: refuse(400, 'invalid_request', 'subject_token_type is not supported') };
  const clientId = form.get('client_id');
  const principal = clientId === null ? undefined : workspace.principals.get(clientId);
  if (clientId !== null && !principal) return { answer: refuse(401, 'invalid_client', `unknown client ${clientId}`) };
  const subjectToken = form.get('subject_token') ?? '';
  const policies = principal
    ? principal.policies.map(policy => [principal.clientId, policy] as const)
    : [...workspace.accountPolicy];
  for (const [name, policy] of policies) {
    const verified = await matches(verifier, subjectToken, policy);
    if (!verified) continue;
    const expires = (verified.claims.exp ?? 0) * 1000;
    return { verified, answer: issued(workspace, { principal: name, expires, namespace: verified.namespace }) };
  }
  return { answer: refuse(400, 'invalid_grant', 'no federation policy matches the token') };
}

async function matches(verifier: TokenVerifier, token: string, { audiences, subject }: FederationPolicy) {
  const verified = await verifier.verify(token, { audience: audiences });
  return verified.ok && verified.subject === subject ? verified : undefined;
}

function clientCredentials(workspace: Workspace, form: URLSearchParams, authorization: string): Answer {
  const basic = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
  const [, id = form.get('client_id') ?? '', secret = form.get('client_secret') ?? ''] =
    /^([^:]*):(.*)$/.exec(basic) ?? [];
  const principal = workspace.principals.get(id);
  if (!principal?.secrets.some(each => same(each, secret)))
    return refuse(401, 'invalid_client', 'Client authentication failed');
  return issued(workspace, { principal: id, expires: Date.now() + hourMs });
}

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

function issued(workspace: Workspace, token: Required<Pick<AccessToken, 'expires'>> & AccessToken): Answer {
  const access_token = workspace.issue(token);
  const expires_in = Math.floor((token.expires - Date.now()) / 1000);
  return json({ access_token, token_type: 'Bearer', expires_in, scope: 'all-apis' });
}
