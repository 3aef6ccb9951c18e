import { expect } from '@jest/globals';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { Fault } from '../../../src/core/fault.ts';
import type { Result } from '../../../src/core/result.ts';
import type { LoginExpired, ProviderSession, ReadAnswer } from '../../../src/providers/provider.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { RecordedRequest } from '../../servers/stand-in.ts';
import { startStandIn } from '../../servers/stand-in.ts';
import { closeTransports, loggedIn, never, spec, tokenAuth } from './setting.ts';

export const canary = 'CANARY-7f3a';
export const credentials = { token: `s.${canary}\n`, 'role-id': 'r', 'secret-id': canary };

/** Answers by path below /v1/, query included; `*` for all others. Without one, a key is missing. */
export type Routes = Readonly<Record<string, Answer | undefined>>;

export const noKey = json({ errors: [] }, 404);
export const permissionDenied = json({ errors: ['1 error occurred:\n\t* permission denied\n\n'] }, 403);

export const mountOf = (version: number, type = 'kv', path = 'secret/') =>
  json({ data: { type, path, options: { version: `${version}` } } });

/** KV version 2, with `data` as its own text. */
export const versioned = (data: string, version = 7): Answer => ({
  kind: 'reply',
  body: `{"request_id":"x","data":{"data":${data},"metadata":{"version":${version},"deletion_time":"","destroyed":false}}}`,
});

const living: Routes = {
  'auth/token/lookup-self': json({ data: { ttl: 60, renewable: true, type: 'service' } }),
  'sys/internal/ui/mounts/secret': mountOf(2),
};

/** A Vault of canned answers, and sessions that read from it. */
export interface Rig {
  readonly address: string;
  readonly requests: readonly RecordedRequest[];
  /** Only these from now on. */
  answerWith(routes: Routes): void;
  /** A session by token, at a store that is well but for `routes`. */
  session(routes: Routes, more?: object, clock?: Clock): Promise<ProviderSession>;
  /** One read of `etl/x` by such a session. */
  read(routes: Routes, more?: object, version?: string): Promise<ReadAnswer>;
  calls(path: string): number;
  /** For afterEach: no value was in any URL. */
  tidy(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRig(): Promise<Rig> {
  let routes: Routes = {};
  const standIn = await startStandIn(({ path }) => routes[path.replace('/v1/', '')] ?? routes['*'] ?? noKey);
  const { address, requests } = standIn;
  const session: Rig['session'] = async (given, more = {}, clock = systemClock) => {
    routes = { ...living, ...given };
    return loggedIn(spec({ address, auth: tokenAuth, ...more }), { credentials, deadlineMs: 10_000, clock });
  };
  const read: Rig['read'] = async (given, more, version) => {
    const answer = await (await session(given, more)).read({ key: 'etl/x', ...(version && { version }) }, never);
    expect(JSON.stringify(answer)).not.toContain(canary);
    return answer;
  };
  return {
    address,
    requests,
    session,
    read,
    answerWith: next => {
      routes = next;
    },
    calls: path => requests.filter(request => request.path === `/v1/${path}`).length,
    tidy: async () => {
      await closeTransports();
      expect(requests.map(({ path }) => path).join()).not.toContain(canary);
    },
    stop: standIn.stop,
  };
}

/** Reason and message. */
export const faultText = (answer: Result<unknown, Fault | LoginExpired>): string =>
  answer.ok || answer.fault.kind === 'login-expired' ? 'no fault' : `${answer.fault.reason}: ${answer.fault.message}`;
