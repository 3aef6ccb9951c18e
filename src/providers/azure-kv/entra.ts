import { ClientAssertionCredential, ClientSecretCredential } from '@azure/identity';
import type { Fault } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { brief, type HttpAnswer, type HttpFault } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ProviderPorts } from '../provider.ts';
import { TokenAnswer } from './answers.ts';
import type { Principal } from './principal.ts';
import { refusal } from './refusals.ts';
import { bodyOf, type HttpClient, headersOf, type SdkRequest, toSdk } from './sdk-http.ts';

/** A login at Microsoft Entra: the token, and the steady time at which it ends. */
export interface AccessToken {
  readonly text: string;
  readonly expiresAt: number;
}

export interface TokenWish {
  readonly principal: Principal;
  /** Without a slash at its end. */
  readonly authorityHost: string;
  readonly scope: string;
}

type Reply = Result<HttpAnswer, HttpFault>;

/**
 * One token by one request. The SDK makes the request; what came back is judged here, because the SDK's errors quote
 * it. Its lifetime is counted from before the request, so that it never counts as valid longer than Entra says.
 */
export async function requestToken(
  wish: TokenWish,
  { http, clock }: Pick<ProviderPorts, 'http' | 'clock'>,
  signal: AbortSignal,
): Promise<Result<AccessToken>> {
  const started = clock.steady();
  let heard: Reply | undefined;
  const send = async (request: SdkRequest) => {
    heard = await brief(http).request(tokenCall(wish, request), signal);
    return heard;
  };
  const credential = credentialFor(wish, onlyTheTokenEndpoint(wish, send));
  await credential.getToken(wish.scope).catch(nothingNew);
  if (!heard) throw new Error('the identity SDK asked for no token');
  const answer = judged(wish, heard);
  if (!answer.ok) return answer;
  const { access_token: text, expires_in: seconds } = answer.value;
  return ok({ text, expiresAt: started + seconds * 1000 });
}

/** Whatever the SDK makes of an answer, the answer itself has been heard. */
const nothingNew = (): void => {};

/** A credential of its own for each login: it keeps what it got. */
function credentialFor({ principal, authorityHost }: TokenWish, httpClient: HttpClient) {
  const { tenantId, clientId, proof } = principal;
  const options = { authorityHost, disableInstanceDiscovery: true, httpClient, retryOptions: { maxRetries: 0 } };
  switch (proof.kind) {
    case 'federated':
      return new ClientAssertionCredential(tenantId, clientId, async () => proof.assertion, options);
    case 'secret':
      return new ClientSecretCredential(tenantId, clientId, proof.clientSecret, options);
    default:
      return proof satisfies never;
  }
}

/**
 * The SDK would first ask an authority that it does not know for its endpoints, and a variable of the environment can
 * make it go to a regional one. A proof of identity goes to the configured authority alone: the first is answered
 * here, the second has no effect.
 */
function onlyTheTokenEndpoint(wish: TokenWish, send: (request: SdkRequest) => Promise<Reply>): HttpClient {
  return {
    sendRequest: async request => {
      if (request.method !== 'POST') return toSdk(request, discoveryOf(wish, request));
      const reply = await send(request);
      if (!reply.ok) throw new Error(reply.fault.kind);
      return toSdk(request, reply.value);
    },
  };
}

const tokenUrl = ({ principal, authorityHost }: TokenWish): string =>
  `${authorityHost}/${principal.tenantId}/oauth2/v2.0/token`;

const tokenCall = (wish: TokenWish, request: SdkRequest) => {
  const body = bodyOf(request);
  return { method: 'POST', url: tokenUrl(wish), headers: headersOf(request), ...(body !== undefined && { body }) };
};

function discoveryOf(wish: TokenWish, { url }: SdkRequest): HttpAnswer {
  const { principal, authorityHost } = wish;
  const tenant = `${authorityHost}/${principal.tenantId}`;
  const document = {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: tokenUrl(wish),
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
  };
  const status = url.endsWith('/.well-known/openid-configuration') ? 200 : 404;
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: Buffer.from(JSON.stringify(document)) };
}

function judged(wish: TokenWish, heard: Reply): Result<{ access_token: string; expires_in: number }, Fault> {
  if (!heard.ok) return failed(transportFault(entraName(wish), heard.fault));
  const token = heard.value.status === 200 ? parseBody(TokenAnswer, heard.value) : undefined;
  return token ? ok(token) : failed(refusal(entraName(wish), wish.principal, heard.value));
}

const entraName = ({ authorityHost }: TokenWish): string => `Microsoft Entra at ${new URL(authorityHost).host}`;
