import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Fault } from '../../core/fault.ts';
import { authFailed } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { parseUntyped } from '../../core/untyped.ts';
import { brief, type HttpAnswer, type HttpCall } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import type { ProviderPorts } from '../provider.ts';
import { instanceMetadata, podIdentityAgent } from './endpoints.ts';
import type { AwsIdentity } from './identity.ts';
import { notAws } from './refusal.ts';
import type { OperatorAuth } from './spec.ts';
import { type StartTimes, startTimes, TemporaryKeys, temporary } from './temporary-keys.ts';

/** The operator's own pod or node, as it proves itself to AWS. Which of the two is said, never found out by trying. */
export async function operatorIdentity(
  { via }: OperatorAuth,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<AwsIdentity>> {
  return via === 'PodIdentity' ? podIdentity(ports, signal) : instanceRole(ports, signal);
}

/** EKS mounts it where there is an association; its path is otherwise in the environment, which is not read here. */
const tokenFile = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token';

export async function podIdentity(
  ports: ProviderPorts,
  signal: AbortSignal,
  file = tokenFile,
): Promise<Result<AwsIdentity>> {
  const token = await readFile(file, 'utf8').then(
    text => text.trim(),
    () => '',
  );
  if (token === '') return failed(authFailed('the pod of the operator has no EKS Pod Identity association'));
  const start = startTimes(ports.clock);
  const call = { method: 'GET', url: `${podIdentityAgent}/v1/credentials`, headers: { Authorization: token } };
  const answer = await ask('the EKS Pod Identity agent', call, ports, signal);
  return answer.ok ? keysIn(answer.value, 'the Pod Identity role of the operator', start) : answer;
}

/** IMDSv2: a token first, so that a request that somebody tricked us into would get nothing. */
async function instanceRole(ports: ProviderPorts, signal: AbortSignal): Promise<Result<AwsIdentity>> {
  const name = 'the instance metadata service';
  const base = `${instanceMetadata}/latest`;
  const lifetime = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
  const token = await ask(name, { method: 'PUT', url: `${base}/api/token`, headers: lifetime }, ports, signal);
  if (!token.ok) return token;
  const headers = { 'X-aws-ec2-metadata-token': textOf(token.value) };
  const roles = `${base}/meta-data/iam/security-credentials/`;
  const role = await ask(name, { method: 'GET', url: roles, headers }, ports, signal);
  if (!role.ok) return role;
  const roleName = textOf(role.value);
  if (!/^[\w+=,.@-]{1,64}$/.test(roleName)) return failed(notAws(name, role.value.status));
  const start = startTimes(ports.clock);
  const keys = await ask(name, { method: 'GET', url: `${roles}${roleName}`, headers }, ports, signal);
  return keys.ok ? keysIn(keys.value, `the instance role ${roleName}`, start) : keys;
}

async function ask(
  name: string,
  call: HttpCall,
  { http }: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<HttpAnswer>> {
  const answer = await brief(http).request(call, signal);
  if (!answer.ok) return failed(transportFault(name, answer.fault));
  const { status } = answer.value;
  return status === 200 ? ok(answer.value) : failed(refused(name, status));
}

function refused(name: string, status: number): Fault {
  if (status >= 500) return notAws(name, status);
  return authFailed(`${name} gives the operator no role (status ${status}): associate one with its pod or node`);
}

const textOf = ({ body }: HttpAnswer): string => Buffer.from(body).toString('utf8').trim();

/** Both say `Token` where STS says `SessionToken`. */
const Keys = z
  .string()
  .transform(parseUntyped)
  .pipe(z.object({ Token: z.string() }).loose())
  .transform(({ Token, ...rest }) => ({ ...rest, SessionToken: Token }))
  .pipe(TemporaryKeys);

function keysIn(answer: HttpAnswer, who: string, start: StartTimes): Result<AwsIdentity> {
  const keys = Keys.safeParse(textOf(answer));
  return keys.success ? ok(temporary(keys.data, who, start)) : failed(notAws(who, answer.status));
}
