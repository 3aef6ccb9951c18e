import { authFailed } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ProviderSession } from '../provider.ts';
import { RenewAnswer } from './answers.ts';
import { createChecks } from './checks.ts';
import { notVault, statusFault } from './faults.ts';
import { readKey } from './kv.ts';
import { listKeys } from './list.ts';
import type { Store } from './store.ts';

/** What a login answered. */
export interface LoginFacts {
  /** Steady milliseconds, counted from before the call, so that it never counts as valid longer than the store says. */
  readonly expiresAt?: number;
  readonly renewable: boolean;
  /** Ours to revoke: not a token that somebody else made, and not a batch token. */
  readonly revocable: boolean;
  readonly irreplaceable: boolean;
  /** The store attached the policies of the role, and would do so again; the token of somebody else keeps what it has. */
  readonly rightsFromLogin: boolean;
}

export function createSession(store: Store, login: LoginFacts): ProviderSession {
  const { uses } = store;
  const checks = createChecks(store);
  return {
    ...(login.expiresAt !== undefined && { expiresAt: login.expiresAt }),
    irreplaceable: login.irreplaceable,
    rightsFromLogin: login.rightsFromLogin,
    ...(uses && { usesLeft: uses.left }),
    read: (request, signal) => readKey({ store, checks, request, signal }),
    list: (request, signal) => listKeys({ store, checks, request, signal }),
    // Whoever has few uses keeps them for reads.
    ...(login.renewable && !uses && { renew: (signal: AbortSignal) => renew(store, signal) }),
    close: signal => (login.revocable && uses?.left() !== 0 ? revoke(store, signal) : Promise.resolve()),
  };
}

async function renew({ name: store, account, clock }: Store, signal: AbortSignal): Promise<Result<number | undefined>> {
  const started = clock.steady();
  const reply = await account.post('auth/token/renew-self', {}, signal);
  if (!reply.ok) return failed(transportFault(store, reply.fault));
  const { status } = reply.value;
  if (status === 400 || status === 403) return failed(authFailed(`${store} does not extend the login any more`));
  const auth = status === 200 ? parseBody(RenewAnswer, reply.value)?.auth : undefined;
  if (!auth) return failed(statusFault(store, reply.value) ?? notVault(store, status));
  return ok(auth.lease_duration > 0 ? started + auth.lease_duration * 1000 : undefined);
}

/** As far as it can be done: a login that cannot be revoked now ends by itself. */
async function revoke({ account }: Store, signal: AbortSignal): Promise<void> {
  await account.post('auth/token/revoke-self', {}, signal);
}
