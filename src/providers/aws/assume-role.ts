import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { failed, type Result } from '../../core/result.ts';
import type { ProviderPorts } from '../provider.ts';
import type { AwsIdentity } from './identity.ts';
import { answerOf } from './refusal.ts';
import { refusedNext } from './role-refusals.ts';
import type { AssumeRole, AwsSpec } from './spec.ts';
import { assumed, sessionName, stsClient } from './sts.ts';
import { startTimes } from './temporary-keys.ts';

/** From one role, or key, to the next. AWS grants such a chain one hour at most. */
export async function assumeRole(
  spec: AwsSpec,
  next: AssumeRole,
  from: AwsIdentity,
  { clock, http, serviceAccount }: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<AwsIdentity>> {
  const start = startTimes(clock);
  const command = new AssumeRoleCommand({
    RoleArn: next.role,
    RoleSessionName: sessionName(serviceAccount),
    ...(next.externalId !== undefined && { ExternalId: next.externalId }),
  });
  const answer = await answerOf(options => stsClient(spec, http, from.keys).send(command, options), signal);
  if (answer.ok) return assumed(spec, next.role, answer.value, start);
  return failed(refusedNext(spec, next, from, answer.fault));
}
