import { invalidSpec } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { chainedRole } from './needs.ts';
import { partitionOf, type Service } from './places.ts';
import type { AwsSpec } from './spec.ts';

/**
 * The end of an ARN that is given as a key, `secret:etl/db-AbCdEf`. The store is only ever asked by name, in the region
 * and account of the login; so an ARN may stand for a name only where both are known to be its own.
 */
export function resourceOf({ id, title }: Service, spec: AwsSpec, arn: string): Result<string> {
  const [, partition, service, region, account, ...rest] = arn.split(':');
  if (service !== id) return refuse(`is not one of ${title}`);
  if (partition !== partitionOf(spec.region) || region !== spec.region)
    return refuse(`is not of ${spec.region}, the region of this source`);
  const own = accountOf(spec);
  if (own === undefined) return refuse('may be of another account: write the name alone');
  if (account !== own) return refuse(`is not of account ${own}, that of the role which this source logs in with`);
  return ok(rest.join(':'));
}

/** Known where the source itself names the role that reads. */
function accountOf({ auth }: AwsSpec): string | undefined {
  const role = chainedRole(auth)?.role ?? auth.webIdentity?.role;
  return role?.split(':')[4];
}

const refuse = (why: string): Result<never> => failed(invalidSpec(`the key is an ARN that ${why}`));
