import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { authFailed } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { tokenText } from '../kit/credentials.ts';
import type { ProviderPorts, ServiceAccount } from '../provider.ts';
import type { AwsIdentity } from './identity.ts';
import { checkRole, roleAnnotation } from './needs.ts';
import { answerOf } from './refusal.ts';
import { refusedToken } from './role-refusals.ts';
import { type AwsSpec, roleArn, type WebIdentityAuth } from './spec.ts';
import { assumed, sessionName, stsClient } from './sts.ts';
import { startTimes } from './temporary-keys.ts';

/** Roles for ServiceAccounts: the token of the namespace for the keys of a role. */
export async function webIdentity(
  spec: AwsSpec,
  auth: WebIdentityAuth,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<AwsIdentity>> {
  const { serviceAccount } = ports;
  if (!serviceAccount) throw new Error('a login by web identity has no ServiceAccount');
  const role = roleFor(spec, auth, serviceAccount);
  if (!role.ok) return role;
  const token = await tokenText(ports, signal);
  if (!token.ok) return token;
  const start = startTimes(ports.clock);
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: role.value,
    RoleSessionName: sessionName(serviceAccount),
    WebIdentityToken: token.value,
  });
  const answer = await answerOf(options => stsClient(spec, ports.http).send(command, options), signal);
  if (answer.ok) return assumed(spec, role.value, answer.value, start);
  const { audiences } = auth.serviceAccountRef;
  return failed(refusedToken(spec, { role: role.value, serviceAccount, audiences }, answer.fault));
}

function roleFor(spec: AwsSpec, { role }: WebIdentityAuth, account: ServiceAccount): Result<string> {
  if (role !== undefined) return ok(role);
  const who = `ServiceAccount ${account.namespace}/${account.name}`;
  const annotated = account.annotations[roleAnnotation];
  if (annotated === undefined)
    return failed(authFailed(`${who} has no annotation ${roleAnnotation}, and the source names no role: add either`));
  if (!roleArn.safeParse(annotated).success)
    return failed(authFailed(`${who} has an annotation ${roleAnnotation} that is no ARN of an IAM role`));
  const checked = checkRole(spec, `annotation ${roleAnnotation} of ${who}`, annotated);
  return checked.ok ? checked : failed(authFailed(checked.fault.message));
}
