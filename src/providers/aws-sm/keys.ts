import { invalidSpec } from '../../core/fault.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import { resourceOf } from '../aws/arn.ts';
import type { Service } from '../aws/endpoints.ts';
import { isKey } from '../aws/key.ts';
import { previousVersion } from '../provider.ts';
import type { AwsSmSpec } from './spec.ts';

export const secretsManager: Service = { id: 'secretsmanager', title: 'AWS Secrets Manager' };

/**
 * The name of a secret. The store is asked by it alone, and its answer has to bear it: an ARN with six characters
 * after its last "-" may mean two different secrets, a name never does.
 */
export function canonicalName(spec: AwsSmSpec, key: string): Result<string> {
  return key.startsWith('arn:') ? flatMap(resourceOf(secretsManager, spec, key), nameInArn) : checkName(key);
}

function nameInArn(resource: string): Result<string> {
  const [, name] = /^secret:(.+)-[A-Za-z0-9]{6}$/.exec(resource) ?? [];
  if (name !== undefined) return checkName(name);
  return refuse('the key is an ARN without the six random characters at its end: write the name alone');
}

/** With "!", as the names of secrets that RDS and Redshift manage have it: `rds!db-…`. */
function checkName(name: string): Result<string> {
  if (!/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name))
    return refuse('the key is no name of a secret: it has 1 to 512 of the characters A-Z a-z 0-9 / _ + = . @ ! -');
  // `/etl/db` and `etl/db` are two secrets.
  if (isKey(name.replace(/^\//, ''))) return ok(name);
  return refuse('the key has an empty segment or one that is "." or "..": secrets of such names cannot be read');
}

/** Which version: ids have 32 to 64 characters, and no stage that people use is as long. */
export type Pin = { readonly VersionId: string } | { readonly VersionStage: string } | Record<string, never>;

export function pinOf(version: string | undefined): Result<Pin> {
  if (version === undefined) return ok({});
  if (version === previousVersion) return ok({ VersionStage: 'AWSPREVIOUS' });
  if (/^[A-Za-z0-9_-]{32,64}$/.test(version)) return ok({ VersionId: version });
  if (/^[A-Za-z0-9_+=.@/-]{1,31}$/.test(version)) return ok({ VersionStage: version });
  return refuse('version must be a stage such as AWSPREVIOUS (to 31 characters) or a version id (32 to 64)');
}

const refuse = (why: string): Result<never> => failed(invalidSpec(why));
