import { authFailed } from '../../core/fault.ts';
import { failed, type Result } from '../../core/result.ts';
import type { ProviderPorts } from '../provider.ts';
import { assumeRole } from './assume-role.ts';
import type { AwsIdentity } from './identity.ts';
import { chainedRole } from './needs.ts';
import { operatorIdentity } from './operator.ts';
import type { AwsSpec } from './spec.ts';
import { staticKeys } from './static-keys.ts';
import { webIdentity } from './web-identity.ts';

/** One login with whichever method the source has, and on to the role that it names. */
export async function logIn(spec: AwsSpec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<AwsIdentity>> {
  const first = await begin(spec, ports, signal);
  const next = chainedRole(spec.auth);
  return first.ok && next ? assumeRole(spec, next, first.value, ports, signal) : first;
}

async function begin(spec: AwsSpec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<AwsIdentity>> {
  const { auth } = spec;
  if (auth.webIdentity) return webIdentity(spec, auth.webIdentity, ports, signal);
  if (auth.staticKeys) return staticKeys(auth.staticKeys, ports, signal);
  if (auth.operator) return operatorIdentity(auth.operator, ports, signal);
  return failed(authFailed('no login is configured'));
}
