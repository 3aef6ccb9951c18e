import type { Answer } from '../answers.ts';
import type { Refused, TokenVerifier, VerifiedToken } from '../oidc.ts';

/** The IAM OIDC provider of the account: whose tokens it takes, and for whom they must be made. */
export interface OidcProvider {
  readonly clientIds: readonly string[];
  readonly verifier: TokenVerifier;
}

/** What AWS STS does with the token of AssumeRoleWithWebIdentity before it looks at the role, and ministack does not. */
export const verifyToken = ({ verifier, clientIds }: OidcProvider, form: URLSearchParams): Promise<VerifiedToken> =>
  verifier.verify(form.get('WebIdentityToken') ?? '', { audience: clientIds });

/** The call as ministack takes it: what the token says, now that it is known to be true, and one audience. */
export function verifiedForm(form: URLSearchParams, token: VerifiedToken & { readonly ok: true }): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'none' })}.${part({ ...token.claims, aud: token.audience })}.`;
  const verified = new URLSearchParams(form);
  verified.set('WebIdentityToken', unsigned);
  return verified.toString();
}

export const tokenRefusal = (reason: Refused): Answer => stsError(...refusals[reason]);

const refusals: Readonly<Record<Refused, readonly [code: string, message: string]>> = {
  malformed: [
    'InvalidIdentityToken',
    'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
  ],
  issuer: ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account for the issuer of the token'],
  algorithm: ['InvalidIdentityToken', 'Unsupported signing algorithm'],
  key: [
    'InvalidIdentityToken',
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
  ],
  signature: ['InvalidIdentityToken', 'The signature of the token is not valid'],
  audience: ['InvalidIdentityToken', 'Incorrect token audience'],
  expired: ['ExpiredTokenException', 'Token expired: current date/time must be before the expiration date/time'],
  'not-yet': ['InvalidIdentityToken', 'Token is not valid yet'],
  subject: ['InvalidIdentityToken', 'The subject of the token is not valid'],
};

/** An error in the words of AWS's query APIs. */
export function stsError(code: string, message: string, status = 400): Answer {
  const xmlns = 'https://sts.amazonaws.com/doc/2011-06-15/';
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="${xmlns}">${error}<RequestId>1-2-3</RequestId></ErrorResponse>`;
  return { kind: 'reply', status, headers: { 'content-type': 'text/xml' }, body };
}
