import { invalidSpec } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { partitionOf, type Service } from './endpoints.ts';
import { chainedRole } from './needs.ts';
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
  if (!/^\d{12}$/.test(account ?? '')) return refuse('has no account: it is arn:PARTITION:SERVICE:REGION:ACCOUNT:…');
  const own = accountOf(spec);
  if (account === own) return ok(rest.join(':'));
  const login =
    own === undefined ? 'the source does not say to which account it logs in' : `this source logs in to ${own}`;
  return refuse(`is of account ${account}, and ${login}: ${wayTo(spec, account)}`);
}

/** Not by its name: that would be looked for in the account of the login, where it may be another secret's. */
const wayTo = ({ region }: AwsSpec, account = ''): string =>
  `use a source that goes on to a role there, assumeRole: {role: "arn:${partitionOf(region)}:iam::${account}:role/…"}`;

/** Known where the source itself names the role that reads. */
function accountOf({ auth }: AwsSpec): string | undefined {
  const role = chainedRole(auth)?.role ?? auth.webIdentity?.role;
  return role?.split(':')[4];
}

const refuse = (why: string): Result<never> => failed(invalidSpec(`the key is an ARN that ${why}`));
