import { invalidSpec } from '../../../src/core/fault.ts';
import { failed, ok, type Result } from '../../../src/core/result.ts';
import type { HttpAnswer, HttpCall, HttpFault } from '../../../src/net/http.ts';
import { gcpSm } from '../../../src/providers/gcp-sm/index.ts';
import { GcpSmSpec } from '../../../src/providers/gcp-sm/spec.ts';
import type { ProviderPorts, ProviderSession } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import { castagnoli } from '../../servers/google/resources.ts';
import { wire } from '../wire.ts';

export const never = new AbortController().signal;

export const serviceAccountRef = { name: 'app' };
export const pool = 'projects/153396971788/locations/global/workloadIdentityPools/clusters';
export const workloadIdentity = { provider: `${pool}/providers/this-one`, serviceAccountRef };
export const gke = { cluster: 'projects/etl-prod/locations/europe-west3/clusters/etl', serviceAccountRef };
export const serviceAccountKey = { secretRef: { name: 'google', key: 'key.json' } };
export const email = 'etl@etl-prod.iam.gserviceaccount.com';

/** Parsed as the controller does it, defaults and all. */
export const spec = (more: object = {}): GcpSmSpec =>
  GcpSmSpec.parse({ project: 'etl-prod', auth: { workloadIdentity }, ...more });

export type Reply = Result<HttpAnswer, HttpFault>;

/** What came back over the wire. */
export function reply(body: unknown, status = 200, more: Partial<HttpAnswer> = {}): Reply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' };
  return ok({ status, headers, body: Buffer.from(text), ...more });
}

export const granted = reply({ access_token: `token-${canary}`, expires_in: 3600, token_type: 'Bearer' });
export const page = `<html>${canary}</html>`;

export const oauthError = (error: string, error_description = canary): Reply =>
  reply({ error, error_description }, 400);

/** google.rpc.Status. */
export function status(code: number, status: string, message = canary, ...details: readonly object[]): Reply {
  return reply({ error: { code, message, status, details } }, code);
}

export const errorInfo = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason });

export const accessed = (text: string, version = 7, key = 'x'): Reply =>
  reply({
    name: `projects/153396971788/secrets/${key}/versions/${version}`,
    payload: { data: Buffer.from(text).toString('base64'), dataCrc32c: `${castagnoli(Buffer.from(text))}` },
  });

export interface Rig {
  readonly sent: readonly HttpCall[];
  login(given?: GcpSmSpec, more?: Partial<ProviderPorts>): Promise<Result<ProviderSession>>;
  session(given?: GcpSmSpec): Promise<ProviderSession>;
}

/** The wire of all providers, with a spec of Google's and without a Secret. */
export function rig(answer: (call: HttpCall) => Reply): Rig {
  const { sent, login, session } = wire(gcpSm, answer);
  const credential: ProviderPorts['credential'] = async () => failed(invalidSpec('no such Secret'));
  return {
    sent,
    login: (given = spec(), more = {}) => login(given, { credential, ...more }),
    session: (given = spec()) => session(given, { credential }),
  };
}

/** The token service gives a token, and Secret Manager answers so; calls are told by what follows `/v1/`. */
export const storeRig = (answer: (call: string) => Reply): Rig =>
  rig(call => (call.method === 'POST' ? granted : answer(pathOf(call))));

export const pathOf = ({ url }: HttpCall): string => {
  const { pathname, search } = new URL(url);
  return `${pathname.replace('/v1/', '')}${search.replace(/[?&]\$alt=json%3Benum-encoding=int/, '')}`;
};
