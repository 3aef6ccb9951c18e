import { authFailed, type Fault } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import type { HttpAnswer, HttpCall } from '../../net/http.ts';
import type { ProviderPorts } from '../provider.ts';
import { GeneratedToken, impersonatedSeconds } from './answers.ts';
import { hostOf, iamCredentials } from './endpoints.ts';
import { notGoogle, problemOf } from './faults.ts';
import type { GcpSmSpec } from './spec.ts';
import { bearer, callForToken, type Grant, scope } from './token-call.ts';

/** Goes on from an identity to a Google service account, whose policy has to let it. */
export async function actAs(
  spec: GcpSmSpec,
  email: string,
  grant: Grant,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  const server = `Google IAM at ${hostOf(iamCredentials(spec))}`;
  const call: HttpCall = {
    method: 'POST',
    url: `${iamCredentials(spec)}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    headers: { authorization: bearer(grant.token), 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [scope], lifetime: `${impersonatedSeconds}s` }),
  };
  const principal = `serviceAccount:${email}`;
  const refusal = (answer: HttpAnswer) => refused(server, email, grant.principal, answer);
  return callForToken({ server, call, answer: GeneratedToken, principal, refusal }, ports, signal);
}

/** IAM answers 403 for a service account that is not there, too; 404 comes where it is sure. */
function refused(server: string, email: string, who: string, answer: HttpAnswer): Fault {
  const problem = problemOf(answer);
  if (problem?.reason === 'SERVICE_DISABLED')
    return authFailed(
      `${server} is not enabled in the project of ${email}: gcloud services enable iamcredentials.googleapis.com`,
    );
  if (answer.status === 404 && problem) return authFailed(`${server} knows no service account ${email}`);
  if (answer.status !== 403 && answer.status !== 401 && !problem) return notGoogle(server, answer.status);
  return authFailed(
    `${server} does not let ${who} act as ${email}: grant it roles/iam.workloadIdentityUser (from the operator's own identity: roles/iam.serviceAccountTokenCreator) on that service account, which must exist`,
  );
}
