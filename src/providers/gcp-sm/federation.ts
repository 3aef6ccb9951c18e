import { authFailed, type Fault } from '../../core/fault.ts';
import { andThen, type Result } from '../../core/result.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { tokenText } from '../kit/credentials.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ProviderPorts, ServiceAccount } from '../provider.ts';
import { OAuthError, OAuthToken } from './answers.ts';
import { hostOf, tokenService } from './endpoints.ts';
import { notGoogle } from './faults.ts';
import type { GcpSmSpec } from './spec.ts';
import { callForToken, form, type Grant, scope } from './token-call.ts';
import type { WorkloadPool } from './workload-pool.ts';

/** A ServiceAccount at Google's token service, and the audiences that its token was made for. */
export interface Exchange {
  readonly trust: WorkloadPool;
  readonly account: ServiceAccount;
  readonly audiences: readonly string[];
}

/** Workload identity federation: a token of this cluster for one of Google's (RFC 8693). */
export async function exchangeToken(
  spec: GcpSmSpec,
  exchange: Exchange,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  const server = `Google's token service at ${hostOf(tokenService(spec))}`;
  const { audience, principal } = exchange.trust;
  return andThen(await tokenText(ports, signal), subject_token => {
    const fields = { ...request, audience, subject_token };
    const call = form(`${tokenService(spec)}/v1/token`, fields);
    const refusal = (answer: HttpAnswer) => refused(server, exchange, answer);
    return callForToken({ server, call, answer: OAuthToken, principal, refusal }, ports, signal);
  });
}

const request = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  scope,
};

function refused(server: string, exchange: Exchange, answer: HttpAnswer): Fault {
  const said = parseBody(OAuthError, answer);
  if (!said) return notGoogle(server, answer.status);
  const { namespace, name } = exchange.account;
  const known = reasons.find(([words]) => words.test(`${said.error}: ${said.error_description}`));
  const why = known?.[1](exchange) ?? `check ${exchange.trust.check}`;
  return authFailed(`${server} refused ServiceAccount ${namespace}/${name} in ${exchange.trust.audience}: ${why}`);
}

/** Google's words, which are only matched, and ours. First match wins. */
const reasons: readonly (readonly [RegExp, (exchange: Exchange) => string])[] = [
  [/invalid_target/, ({ trust }) => `there is no such pool or provider, or it is disabled: check ${trust.check}`],
  [
    /audience/i,
    ({ audiences, trust }) => `it does not take the token's audience, ${audiences.join(', ')}: check ${trust.check}`,
  ],
  [/attribute condition/i, ({ account }) => `its attribute condition is not met by ${subjectOf(account)}`],
  [
    /connecting to the given credential's issuer/i,
    () => "Google cannot fetch this cluster's keys: make them public, or upload them to the provider",
  ],
  [/issuer/i, ({ trust }) => `it trusts another issuer than this cluster: check ${trust.check}`],
  [
    /expired|stale|not yet valid|issued in the future/i,
    () => "it takes the token as expired or early: check the cluster's clocks",
  ],
  [
    /signature|key id|JWK/i,
    () => "it does not know the key of this cluster's tokens: upload the keys again, they have changed",
  ],
];

const subjectOf = ({ namespace, name }: ServiceAccount): string => `system:serviceaccount:${namespace}:${name}`;
