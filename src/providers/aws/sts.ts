import { type Credentials, STSClient } from '@aws-sdk/client-sts';
import { failed, ok, type Result } from '../../core/result.ts';
import { brief, type ProviderHttp } from '../../net/http.ts';
import type { ServiceAccount } from '../provider.ts';
import { stsAddress, stsName } from './endpoints.ts';
import type { AwsIdentity, AwsKeys } from './identity.ts';
import { notAws } from './refusal.ts';
import { clientConfig } from './sdk.ts';
import type { AwsSpec } from './spec.ts';
import { type StartTimes, TemporaryKeys, temporary } from './temporary-keys.ts';

/** For one call; it keeps no connection. Without keys for calls that are not signed. */
export const stsClient = (spec: AwsSpec, http: ProviderHttp, keys?: AwsKeys): STSClient =>
  new STSClient(clientConfig(spec, stsAddress(spec), brief(http), keys));

/** CloudTrail then shows which namespace read. AWS takes 64 characters of these kinds. */
export const sessionName = (account: ServiceAccount | undefined): string =>
  account ? `shearline@${account.namespace}.${account.name}`.slice(0, 64) : 'shearline';

/** The keys of a role, in an answer of STS. */
export function assumed(
  spec: AwsSpec,
  role: string,
  answer: { readonly Credentials?: Credentials | undefined },
  start: StartTimes,
): Result<AwsIdentity> {
  const keys = TemporaryKeys.safeParse(answer.Credentials);
  return keys.success ? ok(temporary(keys.data, `role ${role}`, start)) : failed(notAws(stsName(spec), 200));
}
