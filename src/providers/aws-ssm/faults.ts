import type { SSMClient } from '@aws-sdk/client-ssm';
import { absent, type Fault } from '../../core/fault.ts';
import { codeOf, type Refusal } from '../aws/refusal.ts';
import { type AwsStore, refusalFault, unclear } from '../aws/store.ts';
import type { LoginExpired, ReadRequest } from '../provider.ts';

export type ParameterStore = AwsStore<SSMClient>;

/** What it means that a parameter was not served. Who may not know whether it is there is refused, so absence is proved. */
export function readFault(store: ParameterStore, request: ReadRequest, refusal: Refusal): Fault | LoginExpired {
  const asked = { what: request.key, action: 'ssm:GetParameter' };
  const known = refusalFault(store, asked, refusal);
  if (known) return known;
  if (codeOf(refusal).startsWith('ParameterVersionNotFound'))
    return absent('VersionNotFound', `${store.name} has no version or label ${request.version} of ${request.key}`);
  if (codeOf(refusal).startsWith('ParameterNotFound')) return noKey(store, request);
  return unclear(store, asked);
}

export const noKey = ({ name }: ParameterStore, { key }: ReadRequest): Fault =>
  absent('KeyNotFound', `${name} has no ${key}`);
