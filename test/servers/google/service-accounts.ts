import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import * as z from 'zod';
import { timestamp } from '../../../src/core/clock.ts';
import { type Answer, json } from '../answers.ts';
import { oauthError, rpcError, unauthenticated } from './errors.ts';
import { type Grantee, type Grants, lifetimeSeconds } from './grants.ts';
import type { Policy } from './policy.ts';

const tokenUri = 'https://oauth2.googleapis.com/token';

/** Google service accounts and their keys. */
export class ServiceAccounts {
  readonly #keys = new Map<string, Map<string, KeyObject>>();

  /** Makes the account when it is not there yet. */
  add(email: string): void {
    if (!this.#keys.has(email)) this.#keys.set(email, new Map());
  }

  has(email: string): boolean {
    return this.#keys.has(email);
  }

  /** A new key, as the JSON file that is downloaded. */
  newKey(email: string): string {
    this.add(email);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const private_key_id = randomBytes(20).toString('hex');
    this.#keys.get(email)?.set(private_key_id, publicKey);
    return JSON.stringify({
      type: 'service_account',
      project_id: /@([^.]+)/.exec(email)?.[1],
      private_key_id,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: email,
      client_id: '109876543210987654321',
      token_uri: tokenUri,
      universe_domain: 'googleapis.com',
    });
  }

  deleteKeys(email: string): void {
    this.#keys.get(email)?.clear();
  }

  key(email: string, id: string): KeyObject | undefined {
    return this.#keys.get(email)?.get(id);
  }
}

/** `POST /token` of oauth2.googleapis.com, for assertions that a key signed (RFC 7523). */
export async function tokenByAssertion(
  accounts: ServiceAccounts,
  grants: Grants,
  body: URLSearchParams,
): Promise<Answer> {
  if (body.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
    return oauthError('unsupported_grant_type', 'Invalid grant_type');
  const assertion = body.get('assertion') ?? '';
  const email = `${decodeJwt(assertion).iss}`;
  if (!accounts.has(email)) return oauthError('invalid_grant', 'Invalid grant: account not found');
  const key = accounts.key(email, decodeProtectedHeader(assertion).kid ?? '');
  const wrong = key ? await complaint(assertion, key) : 'Invalid JWT Signature.';
  if (wrong !== undefined) return oauthError('invalid_grant', wrong);
  const access_token = grants.issue({ principal: `serviceAccount:${email}` });
  return json({ access_token, expires_in: lifetimeSeconds - 1, token_type: 'Bearer' });
}

const notShort =
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';

async function complaint(assertion: string, key: KeyObject): Promise<string | undefined> {
  const options = { algorithms: ['RS256'], audience: tokenUri, requiredClaims: ['iat', 'exp', 'scope'] };
  try {
    const { payload } = await jwtVerify(assertion, key, { ...options, clockTolerance: 300, maxTokenAge: '1h' });
    return (payload.exp ?? 0) - (payload.iat ?? 0) > 3600 ? notShort : undefined;
  } catch (problem) {
    if (problem instanceof errors.JWSSignatureVerificationFailed) return 'Invalid JWT Signature.';
    if (problem instanceof errors.JWTExpired) return notShort;
    if (problem instanceof errors.JWTClaimValidationFailed)
      return problem.claim === 'iat' ? notShort : `Invalid JWT: Failed ${problem.claim} check`;
    throw problem;
  }
}

const Wish = z.object({ scope: z.array(z.string()).min(1), lifetime: z.string().default('3600s') });

/** `:generateAccessToken` of iamcredentials.googleapis.com. */
export function actAs(
  { accounts, policy, grants }: { accounts: ServiceAccounts; policy: Policy; grants: Grants },
  { who, email, body }: { who: Grantee | undefined; email: string; body: string },
): Answer {
  if (!who) return unauthenticated();
  const permission = 'iam.serviceAccounts.getAccessToken';
  if (!accounts.has(email) || !policy.mayActAs(who.principal, email))
    return rpcError('PERMISSION_DENIED', `Permission '${permission}' denied on resource (or it may not exist).`, {
      reason: 'IAM_PERMISSION_DENIED',
      metadata: { permission },
    });
  const wish = Wish.safeParse(JSON.parse(body));
  const seconds = Number(/^([0-9]+)s$/.exec(wish.data?.lifetime ?? '')?.[1]);
  if (!wish.success || !(seconds > 0 && seconds <= 3600))
    return rpcError('INVALID_ARGUMENT', 'Request contains an invalid argument.');
  const accessToken = grants.issue({ ...who, principal: `serviceAccount:${email}` }, seconds);
  return json({ accessToken, expireTime: timestamp(Date.now() + seconds * 1000) });
}
