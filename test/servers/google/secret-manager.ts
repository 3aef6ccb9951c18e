import type { Answer } from '../answers.ts';
import type { RecordedRequest } from '../stand-in.ts';
import { rpcError, unauthenticated } from './errors.ts';
import type { Grantee, Grants } from './grants.ts';
import type { Permission, Policy } from './policy.ts';
import type { Project } from './resources.ts';
import { type SecretCall, secretOperations } from './secret-calls.ts';
import type { Secrets } from './secrets.ts';
import { versionOperations } from './version-calls.ts';

/** One project's Secret Manager, with its global and its regional secrets. */
export interface SecretManagerState {
  readonly project: Project;
  readonly grants: Grants;
  readonly policy: Policy;
  readonly secrets: Secrets;
}

/** What a path of secretmanager.googleapis.com/v1 names, and the verb behind it. */
export interface Target {
  readonly project: string;
  readonly location: string | undefined;
  readonly id: string;
  readonly version: string;
  /** `secrets`, `secret`, `versions`, `version:access`… */
  readonly operation: string;
  readonly query: URLSearchParams;
}

/** Undefined for paths of other services. */
export function targetOf(path: string): Target | undefined {
  const url = new URL(path, 'https://secretmanager.googleapis.com');
  const [matched, project = '', location, id, versions, version, verb] =
    /^\/v1\/projects\/([^/]+)(?:\/locations\/([^/]+))?\/secrets(?:\/([^/:]+))?(?:\/(versions)(?:\/([^/:]+))?)?(?::([a-zA-Z]+))?$/.exec(
      url.pathname,
    ) ?? [];
  if (matched === undefined) return undefined;
  const plural = versions === undefined ? 'secret' : 'version';
  const noun = (versions === undefined ? id : version) === undefined ? `${plural}s` : plural;
  const operation = verb === undefined ? noun : `${noun}:${verb}`;
  return { project, location, id: id ?? '', version: version ?? '', operation, query: url.searchParams };
}

/** First who is asking, then whether they may, and only then whether it is there. */
export function answerSecretManager(
  state: SecretManagerState,
  target: Target,
  { method, headers, body }: Pick<RecordedRequest, 'method' | 'headers' | 'body'>,
): Answer {
  const operation = { ...secretOperations, ...versionOperations }[`${method} ${target.operation}`];
  if (!operation) return { kind: 'reply', status: 404, headers: { 'content-type': 'text/html' }, body: notThere };
  const who = state.grants.of(headers.authorization);
  if (!who) return unauthenticated();
  const { id, number } = state.project;
  if (target.project !== id && target.project !== number) return noProject(target.project);
  if (!may(state, who, operation.permission, target)) return denied(operation.permission, target);
  const numericEnums = /enum-encoding=int/.test(target.query.get('$alt') ?? '');
  const call: SecretCall = { ...target, project: state.project, secrets: state.secrets, body, numericEnums };
  return operation.run(call);
}

const may = ({ policy }: SecretManagerState, who: Grantee, permission: Permission, { id }: Target): boolean =>
  policy.allows(who.principal, permission, id === '' ? undefined : id);

const denied = (permission: Permission, { project, id, version }: Target): Answer => {
  const secret = `projects/${project}${id && `/secrets/${id}`}${version && `/versions/${version}`}`;
  return rpcError(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied for resource '${secret}' (or it may not exist).`,
    {
      reason: 'IAM_PERMISSION_DENIED',
      metadata: { permission },
    },
  );
};

const noProject = (project: string): Answer =>
  rpcError('PERMISSION_DENIED', `Permission denied on resource project ${project}.`, {
    reason: 'CONSUMER_INVALID',
    metadata: { service: 'secretmanager.googleapis.com' },
  });

const notThere = '<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n';
