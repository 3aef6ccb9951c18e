import { invalidSpec } from '../../core/fault.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import { resourceOf } from '../aws/arn.ts';
import type { Service } from '../aws/endpoints.ts';
import { isKey } from '../aws/key.ts';
import type { ReadRequest } from '../provider.ts';
import type { AwsSsmSpec } from './spec.ts';

export const parameterStore: Service = { id: 'ssm', title: 'AWS Parameter Store' };

/**
 * The name of a parameter without its leading "/", as its ARN has it. `/a/b` is never `a/b` in AWS, which takes no name
 * with a "/" inside but none in front; `x` and `/x` have one ARN, so policies cannot tell them apart either.
 */
export function canonicalName(spec: AwsSsmSpec, key: string): Result<string> {
  const name = key.startsWith('arn:') ? flatMap(resourceOf(parameterStore, spec, key), nameInArn) : ok(key);
  return flatMap(name, given => checkName(withoutSlash(given)));
}

export const withoutSlash = (name: string): string => name.replace(/^\//, '');

const nameInArn = (resource: string): Result<string> =>
  resource.startsWith('parameter/')
    ? ok(resource.slice('parameter'.length))
    : refuse('the key is no ARN of a parameter');

function checkName(name: string): Result<string> {
  if (name.includes(':')) return refuse('the key has a ":": versions and labels belong into remoteRef.version');
  if (!/^[A-Za-z0-9_./-]{1,1011}$/.test(name))
    return refuse('the key is no name of a parameter: it has 1 to 1011 of the characters A-Z a-z 0-9 _ . - /');
  return isKey(name) ? ok(name) : refuse('the key has an empty segment, or one that is "." or ".."');
}

/** The names to ask for, the likelier first. */
export const namesFor = (key: string): readonly [string, ...string[]] =>
  key.includes('/') ? [`/${key}`] : [key, `/${key}`];

/** `:3` for a version, `:prod` for a label; labels begin with no digit. */
export function selectorOf({ version }: ReadRequest): Result<string> {
  if (version === undefined) return ok('');
  if (/^([1-9]\d{0,17}|[A-Za-z_.-][A-Za-z0-9_.-]{0,99})$/.test(version)) return ok(`:${version}`);
  return refuse('version must be the number of a version, such as 3, or a label');
}

const refuse = (why: string): Result<never> => failed(invalidSpec(why));
