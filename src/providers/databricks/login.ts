import { authFailed } from '../../core/fault.ts';
import { andThen, failed, mapOk, ok, type Result } from '../../core/result.ts';
import { baseUrl } from '../kit/address.ts';
import { credentialText } from '../kit/credentials.ts';
import type { ProviderPorts, ProviderSession } from '../provider.ts';
import { refusal } from './faults.ts';
import { grantOf } from './grants.ts';
import { listKeys } from './list.ts';
import { requestToken } from './oauth.ts';
import { readKey } from './read.ts';
import type { DatabricksSpec } from './spec.ts';
import { get, type Workspace } from './workspace.ts';

type Place = Pick<Workspace, 'name' | 'address' | 'http'>;

/** One login with whichever method the source has. */
export async function login(
  spec: DatabricksSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const started = ports.clock.steady();
  const name = `Databricks at ${URL.parse(spec.host)?.host}`;
  const address = baseUrl('host', spec.host, 'https://dbc-a1b2c3d4-e5f6.cloud.databricks.com');
  const place = mapOk(address, base => ({ name, address: base, http: ports.http }));
  if (!place.ok) return place;
  if (spec.auth.token) return adopt(place.value, spec.auth.token.secretRef, ports, signal);
  return andThen(await grantOf(spec.auth, ports, signal), async grant =>
    mapOk(await requestToken(place.value, grant, signal), ({ token, lifeMs }) => ({
      ...sessionOf({ ...place.value, token, principal: grant.principal }),
      expiresAt: started + lifeMs,
    })),
  );
}

const sessionOf = (workspace: Workspace): ProviderSession => ({
  read: (request, signal) => readKey(workspace, request, signal),
  list: (request, signal) => listKeys(workspace, request, signal),
  close: async () => undefined,
});

/** A token that somebody made: it is tried, so that a dead one is known now and not at the first read. */
async function adopt(
  place: Place,
  field: { readonly name: string; readonly key: string },
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const token = await credentialText(ports, field, signal);
  if (!token.ok) return token;
  const workspace = { ...place, token: token.value, principal: `the owner of the token in Secret "${field.name}"` };
  const answer = await get(workspace, 'scopes/list', {}, signal);
  if (!answer.ok) return answer;
  if (answer.value.status === 200) return ok(sessionOf(workspace));
  const fault = refusal(workspace, {}, answer.value);
  if (fault.kind !== 'login-expired') return fault.kind === 'denied' ? ok(sessionOf(workspace)) : failed(fault);
  return failed(authFailed(`${place.name} refused the token in Secret "${field.name}": it has expired or was revoked`));
}
