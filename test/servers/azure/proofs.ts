import type { Answer } from '../answers.ts';
import type { TokenVerifier, VerifiedToken } from '../oidc.ts';
import type { Application } from './directory.ts';
import { entraError } from './errors.ts';

/** Who was proved to ask: a ServiceAccount by its token, or nobody in particular. */
export interface Proved {
  readonly kind: 'proved';
  readonly namespace?: string;
  readonly audience?: string;
}

/** Whether a login really comes from the application: by its secret, or by a token that it trusts. */
export async function prove(
  application: Application,
  form: URLSearchParams,
  verifiers: Readonly<Record<string, TokenVerifier>>,
): Promise<Proved | Answer> {
  const secret = form.get('client_secret');
  if (secret !== null) return proveSecret(application, secret);
  const assertion = form.get('client_assertion');
  if (assertion !== null && form.get('client_assertion_type') === jwtBearer)
    return proveAssertion(application, assertion, verifiers);
  return entraError(
    401,
    'invalid_client',
    7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  );
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

async function proveAssertion(
  { federated = [] }: Application,
  assertion: string,
  verifiers: Readonly<Record<string, TokenVerifier>>,
): Promise<Proved | Answer> {
  const issuer = issuerOf(assertion);
  const trusted = federated.filter(each => each.issuer === issuer);
  if (trusted.length === 0) return noMatch(700211, 'issuer', issuer);
  const audiences = trusted.map(each => each.audience);
  const verified = await verifiers[issuer]?.verify(assertion, { audience: audiences }).catch(() => undefined);
  if (!verified) return entraError(400, 'invalid_request', 50166, 'Request to External OIDC endpoint failed.');
  if (!verified.ok) return refused(verified.reason);
  const { subject, namespace, audience } = verified;
  const match = trusted.some(each => each.subject === subject && each.audience === audience);
  return match ? { kind: 'proved', namespace, audience } : noMatch(700213, 'subject', subject);
}

function proveSecret({ clientId, secrets = [] }: Application, given: string): Proved | Answer {
  const known = secrets.find(({ value }) => value === given);
  if (!known)
    return entraError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    );
  if (known.endsAt && known.endsAt.getTime() <= Date.now())
    return entraError(
      401,
      'invalid_client',
      7000222,
      `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app.`,
    );
  return { kind: 'proved' };
}

const noMatch = (number: number, what: string, value: string): Answer =>
  entraError(
    401,
    'invalid_client',
    number,
    `No matching federated identity record found for presented assertion ${what} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation`,
  );

function refused(reason: Extract<VerifiedToken, { ok: false }>['reason']): Answer {
  switch (reason) {
    case 'expired':
    case 'not-yet':
      return entraError(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.');
    case 'audience':
      return noMatch(700212, 'audience', '…');
    case 'issuer':
      return noMatch(700211, 'issuer', '…');
    case 'subject':
      return noMatch(700213, 'subject', '…');
    case 'key':
    case 'signature':
    case 'algorithm':
      return entraError(401, 'invalid_client', 700027, 'Client assertion failed signature validation.');
    case 'malformed':
      return entraError(400, 'invalid_request', 50027, 'JWT token is invalid or malformed.');
    default:
      return reason satisfies never;
  }
}

/** Unverified: only to find out whom to ask for the keys. */
function issuerOf(assertion: string): string {
  const claims = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8');
  return /"iss"\s*:\s*"([^"]*)"/.exec(claims)?.[1] ?? '';
}
