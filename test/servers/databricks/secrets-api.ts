import * as z from 'zod';
import { type Answer, json } from '../answers.ts';
import { may, type Permission, type Scope, type Workspace } from './state.ts';

/** Body or query of a call, all of it optional; what is missing is refused by name. */
export const Parameters = z.object({
  scope: z.string().optional(),
  key: z.string().optional(),
  string_value: z.string().optional(),
  bytes_value: z.base64().optional(),
  principal: z.string().optional(),
  permission: z.enum(['READ', 'WRITE', 'MANAGE']).optional(),
});
export type Parameters = z.infer<typeof Parameters>;

export const refuse = (status: number, error_code: string | number, message: string): Answer =>
  json({ error_code, message }, status);

/** One call of the secrets API, by a principal that is known already. */
export function answer(workspace: Workspace, principal: string, path: string, given: Parameters): Answer {
  if (path === 'scopes/list') return json(listScopes(workspace));
  if (path === 'scopes/create') return createScope(workspace, principal, given);
  const scope = workspace.scope(given.scope ?? '');
  if (!scope) return refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Scope ${given.scope} does not exist!`);
  const call = calls[path];
  if (!call) return refuse(404, 'ENDPOINT_NOT_FOUND', `No API found for '/2.0/secrets/${path}'`);
  if (!may(scope, principal, call.needs))
    return refuse(
      403,
      'PERMISSION_DENIED',
      `User ${principal} does not have ${call.needs} permission on scope ${scope.name}`,
    );
  if (call.needs === 'WRITE' && scope.backend === 'AZURE_KEYVAULT')
    return refuse(400, 'BAD_REQUEST', 'Cannot write secrets to Azure KeyVault-backed scope');
  return call.act(workspace, scope, given);
}

interface Call {
  readonly needs: Permission;
  readonly act: (workspace: Workspace, scope: Scope, given: Parameters) => Answer;
}

const calls: Readonly<Record<string, Call>> = {
  get: { needs: 'READ', act: (_, scope, given) => getSecret(scope, given) },
  list: { needs: 'READ', act: (_, scope) => json(listSecrets(scope)) },
  put: { needs: 'WRITE', act: putSecret },
  delete: { needs: 'WRITE', act: (_, scope, given) => deleteSecret(scope, given) },
  'acls/put': { needs: 'MANAGE', act: (_, scope, given) => putAcl(scope, given) },
  'scopes/delete': {
    needs: 'MANAGE',
    act: (workspace, scope) => {
      workspace.scopes.delete(scope.name.toLowerCase());
      return json({});
    },
  },
};

function getSecret(scope: Scope, { key = '' }: Parameters): Answer {
  if (scope.backend === 'AZURE_KEYVAULT' && !/^[A-Za-z0-9-]{1,127}$/.test(key))
    return refuse(400, 'INVALID_PARAMETER_VALUE', `Secret name ${key} is not valid for Azure KeyVault`);
  const secret = scope.secrets.get(key.toLowerCase());
  if (!secret)
    return refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Secret does not exist with scope: ${scope.name} and key: ${key}`);
  return json({ key: secret.key, value: secret.bytes.toString('base64') });
}

/** Lists that are empty are left out, as they are in all answers of the API. */
function listSecrets(scope: Scope) {
  const secrets = [...scope.secrets.values()].map(({ key, updated }) => ({ key, last_updated_timestamp: updated }));
  return secrets.length > 0 ? { secrets } : {};
}

function listScopes({ scopes }: Workspace) {
  const all = [...scopes.values()].map(({ name, backend }) => ({ name, backend_type: backend }));
  return all.length > 0 ? { scopes: all } : {};
}

function createScope(workspace: Workspace, principal: string, { scope: name = '' }: Parameters): Answer {
  if (!/^[A-Za-z0-9_@.-]{1,128}$/.test(name)) return refuse(400, 'INVALID_PARAMETER_VALUE', 'Scope name is not valid');
  if (workspace.scope(name)) return refuse(400, 'RESOURCE_ALREADY_EXISTS', `Scope ${name} already exists!`);
  workspace.addScope(name, { [principal]: 'MANAGE' });
  return json({});
}

const maxValueBytes = 128 * 1024;

function putSecret(workspace: Workspace, scope: Scope, { key = '', string_value, bytes_value }: Parameters): Answer {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(key)) return refuse(400, 'INVALID_PARAMETER_VALUE', 'Secret key is not valid');
  const bytes = bytes_value === undefined ? Buffer.from(string_value ?? '') : Buffer.from(bytes_value, 'base64');
  if (bytes.length > maxValueBytes) return refuse(400, 'INVALID_PARAMETER_VALUE', 'Secret value is too large');
  if (!scope.secrets.has(key.toLowerCase()) && scope.secrets.size >= 1000)
    return refuse(400, 'RESOURCE_LIMIT_EXCEEDED', 'The scope has 1000 secrets already');
  workspace.put(scope.name, key, bytes);
  return json({});
}

function deleteSecret(scope: Scope, { key = '' }: Parameters): Answer {
  if (scope.secrets.delete(key.toLowerCase())) return json({});
  return refuse(404, 'RESOURCE_DOES_NOT_EXIST', `Secret does not exist with scope: ${scope.name} and key: ${key}`);
}

function putAcl(scope: Scope, { principal = '', permission }: Parameters): Answer {
  if (permission === undefined) return refuse(400, 'INVALID_PARAMETER_VALUE', 'The permission is not valid');
  scope.acls.set(principal, permission);
  return json({});
}
