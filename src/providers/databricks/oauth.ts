import { authFailed, type Fault } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { brief, type HttpAnswer } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import { OAuthRefusal, OAuthToken, Refusal } from './answers.ts';
import { notDatabricks, storeFault } from './faults.ts';
import type { Workspace } from './workspace.ts';

/** What a token of the workspace is asked for with, and how to talk about it. */
export type Grant = {
  /** Whose rights count, in messages and in commands to paste. */
  readonly principal: string;
  /** What to check when the workspace says no. */
  readonly hint: string;
} & (
  | { readonly kind: 'token-exchange'; readonly clientId?: string; readonly subjectToken: string }
  | { readonly kind: 'client-credentials'; readonly clientId: string; readonly clientSecret: string }
);

export interface WorkspaceToken {
  readonly token: string;
  readonly lifeMs: number;
}

/** Databricks refuses a token 30 seconds before its end already. */
const refusedBeforeEndMs = 40_000;

/** One call to the token endpoint of the workspace: RFC 8693 or RFC 6749, section 4.4. */
export async function requestToken(
  place: Pick<Workspace, 'name' | 'address' | 'http'>,
  grant: Grant,
  signal: AbortSignal,
): Promise<Result<WorkspaceToken>> {
  const { headers, form } = requestOf(grant);
  const reply = await brief(place.http).request(
    {
      method: 'POST',
      url: `${place.address}/oidc/v1/token`,
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: `${new URLSearchParams({ ...form, scope: 'all-apis' })}`,
    },
    signal,
  );
  if (!reply.ok) return failed(transportFault(place.name, reply.fault));
  const token = reply.value.status === 200 ? parseBody(OAuthToken, reply.value) : undefined;
  if (!token) return failed(refused(place, grant, reply.value));
  const lifeMs = token.expires_in * 1000;
  return ok({ token: token.access_token, lifeMs: Math.max(lifeMs - refusedBeforeEndMs, lifeMs / 2) });
}

function requestOf(grant: Grant) {
  switch (grant.kind) {
    case 'token-exchange':
      return {
        headers: {},
        form: {
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          subject_token: grant.subjectToken,
          ...(grant.clientId !== undefined && { client_id: grant.clientId }),
        },
      };
    case 'client-credentials': {
      const basic = Buffer.from(`${grant.clientId}:${grant.clientSecret}`).toString('base64');
      return { headers: { authorization: `Basic ${basic}` }, form: { grant_type: 'client_credentials' } };
    }
    default:
      return grant satisfies never;
  }
}

/** All refusals sound alike here; so the message says all that has to be right. */
function refused(place: Pick<Workspace, 'name'>, { principal, hint }: Grant, answer: HttpAnswer): Fault {
  const known = storeFault(place, answer);
  if (known) return known;
  const said = parseBody(OAuthRefusal, answer) ?? parseBody(Refusal, answer);
  if (!said || ![400, 401, 403].includes(answer.status)) return notDatabricks(place, answer.status);
  return authFailed(`${place.name} refused the login of ${principal}: ${hint}`);
}
