import { authFailed, type Fault, throttled, unavailable } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import { EntraError } from './answers.ts';
import type { Principal } from './principal.ts';

/** What an answer of Microsoft Entra without a token means, and how to fix it. Its own words go nowhere. */
export function refusal(entra: string, principal: Principal, answer: HttpAnswer): Fault {
  const { status, retryAfterMs } = answer;
  if (status === 429) return throttled(`${entra} asks for fewer logins (429)`, retryAfterMs);
  if (status >= 500) return unavailable(`${entra} has a problem of its own (status ${status})`);
  const said = status >= 400 ? parseBody(EntraError, answer) : undefined;
  if (!said) return unavailable(`${entra} gave an answer (status ${status}) that is not its own: ${proxy}`);
  if (said.error === 'temporarily_unavailable') return unavailable(`${entra} cannot give logins for the moment`);
  const code = said.error_codes?.[0] ?? numberIn(said.error_description);
  const why = fixes[code]?.(principal) ?? 'look its number up at https://login.microsoftonline.com/error';
  const number = code > 0 ? ` (AADSTS${code})` : '';
  return authFailed(`${entra} refused the login of ${describe(principal)}${number}: ${why}`);
}

const proxy = 'is a proxy or another page in between?';

const numberIn = (sentence = ''): number => Number(/^AADSTS(\d{4,8})\b/.exec(sentence)?.[1] ?? 0);

/** Who logs in: `ServiceAccount etl/reader as application 1111…`. */
export function describe({ clientId, tenantId, proof }: Principal): string {
  const application = `application ${clientId} of tenant ${tenantId}`;
  switch (proof.kind) {
    case 'federated':
      return `ServiceAccount ${proof.serviceAccount.namespace}/${proof.serviceAccount.name} as ${application}`;
    case 'secret':
      return `Secret "${proof.secretName}" as ${application}`;
    default:
      return proof satisfies never;
  }
}

type Fix = (principal: Principal) => string;

const noSubject: Fix = ({ proof }) =>
  proof.kind === 'federated'
    ? `it needs a federated credential whose subject is exactly system:serviceaccount:${proof.serviceAccount.namespace}:${proof.serviceAccount.name}, and whose issuer is that of this cluster`
    : 'it needs a federated credential';
const noAudience: Fix = ({ proof }) =>
  proof.kind === 'federated'
    ? `its federated credential has another audience than ${proof.audiences.join(', ')}`
    : 'its federated credential has another audience';
const noIssuer: Fix = () =>
  'it has no federated credential whose issuer is exactly the --service-account-issuer of this cluster';
const notVerified: Fix = () =>
  'it could not verify the token: are the keys that the issuer of this cluster publishes those of the API server?';
const notReadable: Fix = () =>
  'it cannot read the discovery document or the keys of this cluster’s issuer, which have to be public';
const noTenant: Fix = ({ tenantId }) => `this cloud has no tenant ${tenantId}: check tenantId and authorityHost`;
const noApplication: Fix = () => 'the tenant has no such application: check clientId and tenantId';

/** By the number after AADSTS. */
const fixes: Readonly<Record<number, Fix>> = {
  50027: notVerified,
  50166: notReadable,
  501661: notReadable,
  53003: () => 'a Conditional Access policy forbids it',
  70021: noSubject,
  90002: noTenant,
  500011: () => 'the tenant knows no key vaults of this domain: check vaultUrl',
  700016: noApplication,
  700024: () => 'its clock finds the token expired or not valid yet: check the clock of the API server',
  700027: notVerified,
  700211: noIssuer,
  700212: noAudience,
  700213: noSubject,
  900023: noTenant,
  7000112: () => 'the application is disabled',
  7000215: () => 'the client secret is wrong: the Secret has to hold its value, not its id',
  7000222: () => 'the client secret has expired: make a new one',
  7000229: noApplication,
  7002137: noSubject,
  7002138: noSubject,
};
