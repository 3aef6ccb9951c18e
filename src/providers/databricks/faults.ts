import { absent, accessDenied, type Fault, invalidSpec, throttled, unavailable } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import type { LoginExpired } from '../provider.ts';
import { Refusal } from './answers.ts';
import { keyOf, type Place } from './keys.ts';
import type { Workspace } from './workspace.ts';

/** What was asked: one secret, the keys of a scope, or all scopes. */
export type Asked = Place | { readonly scope?: string; readonly key?: undefined };

/** Databricks asks to branch on the code and not on the status; a code that is no word means the login itself. */
export function refusal(workspace: Workspace, asked: Asked, answer: HttpAnswer): Fault | LoginExpired {
  const { status } = answer;
  const said = parseBody(Refusal, answer);
  const known = storeFault(workspace, answer);
  if (known) return known;
  if (said && outside.test(said.message))
    return accessDenied(`${workspace.name} lets nobody in from the operator's address: see its IP access lists`);
  if (status === 401 || (status === 403 && said && !isWord(said.error_code))) return { kind: 'login-expired' };
  if (status === 403 && !said) return denied(workspace, asked);
  if (!said || status < 400) return notDatabricks(workspace, status);
  return byCode(workspace, asked, said, status);
}

/** What an answer means wherever it appears. */
export function storeFault({ name }: Pick<Workspace, 'name'>, answer: HttpAnswer): Fault | undefined {
  const { status, retryAfterMs } = answer;
  const code = parseBody(Refusal, answer)?.error_code;
  if (status === 429 || code === 'REQUEST_LIMIT_EXCEEDED' || code === 'RESOURCE_EXHAUSTED')
    return throttled(`${name} asks for fewer requests (429)`, retryAfterMs);
  return status >= 500 ? unavailable(`${name} has a problem of its own (status ${status})`) : undefined;
}

/** An answer that the API does not have. */
export const notDatabricks = ({ name }: Pick<Workspace, 'name'>, status: number): Fault =>
  unavailable(
    `${name} gave an answer (status ${status}) that is not Databricks': is a proxy or login page in between?`,
  );

function byCode(workspace: Workspace, asked: Asked, { error_code, message }: Refusal, status: number): Fault {
  const what = describe(asked);
  switch (error_code) {
    case 'RESOURCE_DOES_NOT_EXIST':
      return missing(workspace, asked, message);
    case 'PERMISSION_DENIED':
      return denied(workspace, asked);
    case 'INVALID_PARAMETER_VALUE':
      return invalidSpec(
        `${workspace.name} can have no ${what}: behind a scope of Key Vault, names have only letters, digits and "-"`,
      );
    case 'INVALID_STATE':
    case 'MALFORMED_REQUEST':
      return accessDenied(
        `${workspace.name} could not read ${what} from the Key Vault behind the scope: check its access to the vault`,
      );
    default:
      return accessDenied(`${workspace.name} refused ${what} to ${workspace.principal} (status ${status})`);
  }
}

/** The names of scopes are open to all users, and a scope that may not be read is denied: so this is proof. */
function missing({ name }: Workspace, { scope, key }: Asked, message: string): Fault {
  const noScope = `${name} has no scope ${scope}`;
  if (key === undefined || /^scope\b/i.test(message)) return absent('KeyNotFound', noScope);
  return absent('KeyNotFound', `${name} has no ${key} in scope ${scope}, or no such scope`);
}

function denied({ name, principal }: Workspace, asked: Asked): Fault {
  const { scope } = asked;
  if (scope === undefined) return accessDenied(`${name} does not let ${principal} list its scopes`);
  return accessDenied(
    `${name} does not let ${principal} read ${describe(asked)}: give it READ on the scope (databricks secrets put-acl ${scope} PRINCIPAL READ); behind a scope of Key Vault, Databricks itself needs access to the vault`,
  );
}

const describe = (asked: Asked): string => {
  if (asked.key !== undefined) return keyOf(asked);
  return asked.scope === undefined ? 'the list of scopes' : `scope ${asked.scope}`;
};

const isWord = (code: string | number): boolean => typeof code === 'string' && /^[A-Z_]+$/.test(code);

const outside = /\bsource ip address\b|\bnetwork access\b|\bip access list/i;
