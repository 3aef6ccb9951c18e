import { type Answer, json } from '../answers.ts';
import type { Refused, TokenVerifier, VerifiedToken } from '../oidc.ts';
import { oauthError } from './errors.ts';
import { type Grants, lifetimeSeconds } from './grants.ts';

/** A pool provider, or the pool of a GKE cluster: whose tokens it takes, and as whom they come out. */
export interface PoolProvider {
  /** The `audience` by which it is asked for. */
  readonly name: string;
  readonly audiences: readonly string[];
  readonly verifier: TokenVerifier;
  principal(token: Verified): string;
  /** The provider's attribute condition. */
  admits?(token: Verified): boolean;
}

export type Verified = Extract<VerifiedToken, { ok: true }>;

/** A pool provider as an administrator makes it; without allowed audiences it takes its own name, with https: or without. */
export function oidcProvider(
  { projectNumber, pool, provider }: { projectNumber: string; pool: string; provider: string },
  options: Pick<PoolProvider, 'verifier' | 'admits'> & { readonly allowedAudiences?: readonly string[] },
): PoolProvider {
  const poolName = `projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
  const name = `//iam.googleapis.com/${poolName}/providers/${provider}`;
  return {
    ...options,
    name,
    audiences: options.allowedAudiences ?? [name, `https:${name}`],
    principal: ({ subject }) => `principal://iam.googleapis.com/${poolName}/subject/${subject}`,
  };
}

/** What GKE makes for each project. */
export function gkePool(
  { projectNumber, projectId, cluster }: { projectNumber: string; projectId: string; cluster: string },
  verifier: TokenVerifier,
): PoolProvider {
  const pool = `${projectId}.svc.id.goog`;
  return {
    verifier,
    name: `identitynamespace:${pool}:https://container.googleapis.com/v1/${cluster}`,
    audiences: [pool],
    principal: ({ namespace, serviceAccount }) =>
      `principal://iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}/subject/ns/${namespace}/sa/${serviceAccount}`,
  };
}

export interface Exchanged {
  readonly answer: Answer;
  /** When the token was good. */
  readonly verified?: Verified;
}

/** `POST /v1/token` of sts.googleapis.com (RFC 8693). */
export async function exchange(
  providers: readonly PoolProvider[],
  grants: Grants,
  body: URLSearchParams,
): Promise<Exchanged> {
  const wrong = malformed(body);
  if (wrong) return { answer: wrong };
  const provider = providers.find(({ name }) => name === body.get('audience'));
  if (!provider) return { answer: oauthError('invalid_target', noTarget) };
  const token = await provider.verifier.verify(body.get('subject_token') ?? '', { audience: provider.audiences });
  if (!token.ok) return { answer: oauthError('invalid_grant', sentences[token.reason]) };
  if (provider.admits?.(token) === false) return { answer: oauthError('unauthorized_client', notAdmitted) };
  const grantee = { principal: provider.principal(token), namespace: token.namespace };
  const answer = json({
    access_token: grants.issue(grantee),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
  });
  return { answer, verified: token };
}

function malformed(body: URLSearchParams): Answer | undefined {
  if (body.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:token-exchange')
    return oauthError('unsupported_grant_type', 'Grant type is not supported.');
  if (body.get('requested_token_type') !== 'urn:ietf:params:oauth:token-type:access_token')
    return oauthError('invalid_request', 'Invalid requested token type.');
  if (body.get('subject_token_type') !== 'urn:ietf:params:oauth:token-type:jwt')
    return oauthError('invalid_request', 'Invalid subject token type.');
  if (!/^(\/\/iam\.googleapis\.com\/|identitynamespace:)/.test(body.get('audience') ?? ''))
    return oauthError(
      'invalid_request',
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider.',
    );
  return body.get('scope') ? undefined : oauthError('invalid_scope', 'Scope is missing.');
}

const noTarget =
  'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.';
const notAdmitted = 'The given credential is rejected by the attribute condition.';

const sentences: Readonly<Record<Refused, string>> = {
  malformed: 'Unable to parse the ID Token.',
  issuer: 'The issuer in ID Token does not match the expected ones.',
  algorithm: 'The ID Token is signed with an unsupported algorithm.',
  key: 'The key id of the ID Token is not among the keys of the issuer.',
  signature: 'Invalid ID Token signature.',
  audience: 'The audience in ID Token does not match the expected audience.',
  expired: 'ID Token issued at 1767225600 is stale to sign-in.',
  'not-yet': 'ID Token is not yet valid.',
  subject: 'The mapped attribute google.subject is not valid.',
};
