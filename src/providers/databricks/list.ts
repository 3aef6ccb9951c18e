import { type Fault, invalidSpec, unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ListAnswer, ListRequest, LoginExpired } from '../provider.ts';
import { ScopeList, SecretList } from './answers.ts';
import { notDatabricks, refusal } from './faults.ts';
import { isScope, keyOf } from './keys.ts';
import { get, type Workspace } from './workspace.ts';

type Found = Result<readonly string[], Fault | LoginExpired>;

/** Of a prefix with a whole scope, that scope; otherwise all scopes whose names begin so, each of which must be readable. */
export async function listKeys(
  workspace: Workspace,
  { prefix, tags, limit }: ListRequest,
  signal: AbortSignal,
): Promise<ListAnswer> {
  if (Object.keys(tags).length > 0) return failed(invalidSpec('Databricks has no tags on secrets: remove find.tags'));
  const wanted = prefix.toLowerCase();
  const scopes = wanted.includes('/') ? ok(wanted.split('/').slice(0, 1)) : await scopesOf(workspace, wanted, signal);
  if (!scopes.ok) return scopes;
  const found: string[] = [];
  for (const scope of scopes.value) {
    const keys = await keysOf(workspace, scope, signal);
    if (!keys.ok) return keys;
    for (const key of keys.value) if (key.startsWith(wanted)) found.push(key);
    if (found.length > limit)
      return failed(unusable(`${workspace.name} has more than ${limit} such secrets: narrow find.prefix`));
  }
  return ok(found);
}

async function scopesOf(workspace: Workspace, prefix: string, signal: AbortSignal): Promise<Found> {
  const answer = await get(workspace, 'scopes/list', {}, signal);
  if (!answer.ok) return answer;
  if (answer.value.status !== 200) return failed(refusal(workspace, {}, answer.value));
  const list = parseBody(ScopeList, answer.value);
  if (!list) return failed(notDatabricks(workspace, 200));
  return ok(
    list.scopes
      .map(({ name }) => name)
      .filter(isScope)
      .map(name => name.toLowerCase())
      .filter(name => name.startsWith(prefix)),
  );
}

/** The list of a scope comes in one piece: a scope has at most 1,000 secrets. One that is not there has none. */
async function keysOf(workspace: Workspace, scope: string, signal: AbortSignal): Promise<Found> {
  if (!isScope(scope)) return failed(invalidSpec('find.prefix has no good scope: SCOPE/…'));
  const answer = await get(workspace, 'list', { scope }, signal);
  if (!answer.ok) return answer;
  if (answer.value.status !== 200) {
    const fault = refusal(workspace, { scope }, answer.value);
    return fault.kind === 'absent' ? ok([]) : failed(fault);
  }
  const list = parseBody(SecretList, answer.value);
  if (!list) return failed(notDatabricks(workspace, 200));
  return ok(list.secrets.map(({ key }) => keyOf({ scope, key: key.toLowerCase() })));
}
