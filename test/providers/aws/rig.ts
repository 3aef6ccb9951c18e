import { expect } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import type { Fault } from '../../../src/core/fault.ts';
import { invalidSpec } from '../../../src/core/fault.ts';
import { failed, ok, type Result } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import type { HttpCall } from '../../../src/net/http.ts';
import { createProviderTransport } from '../../../src/net/transport.ts';
import type { LoginExpired, Provider, ProviderPorts, ProviderSession } from '../../../src/providers/provider.ts';
import { type Answer, json } from '../../servers/answers.ts';
import { type RecordedRequest, type StandIn, startStandIn } from '../../servers/stand-in.ts';
import { bound } from './account.ts';

export const canary = 'CANARY-7f3a';
export const never = new AbortController().signal;
export const place = { region: 'eu-central-1' };
export const staticAuth = {
  staticKeys: {
    accessKeyIdRef: { name: 'aws', key: 'id' },
    secretAccessKeyRef: { name: 'aws', key: 'secret' },
  },
};

/** An error in AWS's words for JSON; no part of `text` may ever be shown. */
export const refusal = (code: string, text = '', status = 400): Answer =>
  json({ __type: code, message: `${text} ${canary}` }, status);

/** Answers by action: `GetSecretValue`, `AssumeRole`… `*` for all others. */
export type Routes = Readonly<Record<string, Answer>>;

/** A server of canned answers in AWS's place, and sessions that read from it with static keys. */
export interface Rig {
  readonly standIn: StandIn;
  answerWith(routes: Routes): void;
  readonly ports: ProviderPorts;
  login(auth?: object, ports?: Partial<ProviderPorts>): Promise<Result<ProviderSession>>;
  session(routes: Routes): Promise<ProviderSession>;
  stop(): Promise<void>;
}

export async function startRig<Spec>(provider: Provider<Spec>): Promise<Rig> {
  let routes: Routes = {};
  const standIn = await startStandIn(request => routes[actionOf(request)] ?? routes['*'] ?? { kind: 'reset' });
  const { address } = standIn;
  const egress = { namespaced: false, allowInsecure: true, allow: [], deny: [] };
  const transport = createProviderTransport({ egress, deadlineMs: 2000 });
  const credentials: Readonly<Record<string, string>> = { id: 'AKIA0000000000000000\n', secret: `${canary}-key` };
  const ports: ProviderPorts = {
    clock: systemClock,
    http: { request: (call, signal) => transport.request(towards(address, call), signal) },
    clusterAddress: 'https://127.0.0.1:1',
    token: async () => failed(invalidSpec('no token')),
    credential: async ({ key }) => ok(SecretValue.fromText(credentials[key] ?? '')),
  };
  const login: Rig['login'] = (auth = staticAuth, more = {}) =>
    bound(provider, { ...place, endpoint: address, stsEndpoint: address, auth }).login({ ...ports, ...more }, never);
  return {
    standIn,
    answerWith: next => {
      routes = next;
    },
    ports,
    login,
    session: async next => {
      routes = next;
      const session = await login();
      if (!session.ok) throw new Error(session.fault.message);
      return session.value;
    },
    stop: async () => {
      await transport.close();
      await standIn.stop();
    },
  };
}

/** For paths, as the metadata services have them: `PUT /latest/api/token`. */
function actionOf({ method, path, headers, body }: RecordedRequest): string {
  const target = headers['x-amz-target']?.toString().replace(/^.*\./, '');
  return target ?? new URLSearchParams(body).get('Action') ?? `${method} ${path}`;
}

/** The addresses of the metadata services cannot be listened on. */
function towards(address: string, call: HttpCall): HttpCall {
  return { ...call, url: call.url.replace(/^http:\/\/169\.254\.\d+\.\d+/, address) };
}

/** Reason and message; no fault has the canary. */
export function faultText(answer: Result<unknown, Fault | LoginExpired>): string {
  expect(JSON.stringify(answer)).not.toContain(canary);
  if (answer.ok) return 'ok';
  return answer.fault.kind === 'login-expired' ? 'login-expired' : `${answer.fault.reason}: ${answer.fault.message}`;
}
