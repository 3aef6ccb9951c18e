import { createRemoteJWKSet, customFetch, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import { httpRequest } from './http.ts';

/** Who a ServiceAccount's token was made for, or the one thing that is wrong with it. */
export type VerifiedToken =
  | {
      readonly ok: true;
      /** `system:serviceaccount:NAMESPACE:NAME`. */
      readonly subject: string;
      readonly namespace: string;
      readonly serviceAccount: string;
      /** The first of the audiences asked for that the token has. */
      readonly audience: string;
      /** All that the token says, now that it is known to be true. */
      readonly claims: JWTPayload;
    }
  | { readonly ok: false; readonly reason: Refused };

export type Refused =
  | 'malformed'
  | 'issuer'
  | 'algorithm'
  /** Not signed by any key of the issuer. */
  | 'key'
  | 'signature'
  | 'audience'
  | 'expired'
  | 'not-yet'
  /** A good token, of somebody who is no ServiceAccount. */
  | 'subject';

export interface TokenVerifier {
  /** Good for one of the audiences. */
  verify(token: string, expected: { readonly audience: string | readonly string[] }): Promise<VerifiedToken>;
}

export interface TokenVerifierOptions {
  /** The API server's own URL, exactly as tokens have it. */
  readonly issuer: string;
  /** PEM. */
  readonly ca: string;
  /** A server whose clock is wrong. */
  readonly now?: () => Date;
}

/**
 * Verifies tokens as a cloud does: RS256 by the keys that the issuer publishes, found by OIDC discovery at the first
 * token, and fetched again once for a token of a key that is not among them. An issuer that cannot be reached is thrown.
 */
export function createTokenVerifier({ issuer, ca, now = () => new Date() }: TokenVerifierOptions): TokenVerifier {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  return {
    verify: async (token, { audience }) => {
      const claimed = decoded(token);
      if (!claimed) return refused('malformed');
      if (claimed.iss !== issuer) return refused('issuer');
      keys ??= discover(issuer, ca);
      const wanted = [audience].flat();
      const options = { issuer, audience: wanted, algorithms: ['RS256'], requiredClaims: ['exp'], currentDate: now() };
      return jwtVerify(token, await keys, options).then(
        ({ payload }) => accepted(payload, wanted),
        (problem: unknown) => refused(reasonOf(problem)),
      );
    },
  };
}

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

async function discover(issuer: string, ca: string) {
  const { body } = await httpRequest(`${issuer}/.well-known/openid-configuration`, { ca });
  const found = Discovery.parse(JSON.parse(body));
  if (found.issuer !== issuer) throw new Error(`${issuer} says that it is ${found.issuer}`);
  const fetchKeys = async (url: string) => new Response((await httpRequest(url, { ca })).body);
  return createRemoteJWKSet(new URL(found.jwks_uri), { [customFetch]: fetchKeys, cooldownDuration: 0 });
}

function accepted(claims: JWTPayload, wanted: readonly string[]): VerifiedToken {
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(claims.sub ?? '') ?? [];
  const audience = wanted.find(each => [claims.aud].flat().includes(each));
  if (claims.sub === undefined || namespace === undefined || serviceAccount === undefined) return refused('subject');
  if (audience === undefined) return refused('audience');
  return { ok: true, subject: claims.sub, namespace, serviceAccount, audience, claims };
}

const refused = (reason: Refused): VerifiedToken => ({ ok: false, reason });

function decoded(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function reasonOf(problem: unknown): Refused {
  if (problem instanceof errors.JWTExpired) return 'expired';
  if (problem instanceof errors.JWTClaimValidationFailed) return claims[problem.claim] ?? 'malformed';
  if (problem instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (problem instanceof errors.JWKSNoMatchingKey) return 'key';
  if (problem instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (problem instanceof errors.JWSInvalid || problem instanceof errors.JWTInvalid) return 'malformed';
  throw problem;
}

const claims: Readonly<Record<string, Refused>> = { iss: 'issuer', aud: 'audience', nbf: 'not-yet', exp: 'expired' };
