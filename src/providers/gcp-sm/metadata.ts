import { authFailed, type Fault } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import type { HttpAnswer } from '../../net/http.ts';
import type { ProviderPorts } from '../provider.ts';
import { OAuthToken } from './answers.ts';
import { metadataServer } from './endpoints.ts';
import { notGoogle } from './faults.ts';
import { callForToken, type Grant } from './token-call.ts';

const server = 'the metadata server';

/** The header keeps others from being tricked into asking; Google's server says the same back. */
const flavor = { 'metadata-flavor': 'Google' };

/** The operator's own pod on GKE, or its machine on Compute Engine. Only asked when the source says so. */
export function operatorToken(ports: ProviderPorts, signal: AbortSignal): Promise<Result<Grant>> {
  const url = `${metadataServer}/computeMetadata/v1/instance/service-accounts/default/token`;
  const call = { method: 'GET', url, headers: flavor };
  const principal = "the Google identity of the operator's own pod or node";
  return callForToken({ server, call, answer: OAuthToken, principal, refusal: refused }, ports, signal);
}

function refused({ status, headers }: HttpAnswer): Fault {
  if (status === 200) return notGoogle(server, status);
  if (headers['metadata-flavor'] !== flavor['metadata-flavor'])
    return authFailed(`${server} is none of Google's: the operator does not run on GKE or Compute Engine`);
  return authFailed(
    `${server} gives the operator no token (status ${status}): give its node a service account, or on GKE let its ServiceAccount act as one`,
  );
}
