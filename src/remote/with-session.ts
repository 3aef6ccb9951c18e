import { authFailed, type Fault } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { LoginExpired } from '../providers/provider.ts';
import { describeIdentity } from './identity.ts';
import type { ReadWant } from './ports.ts';
import type { Session, SessionUse } from './session.ts';
import type { SessionSlot } from './session-slot.ts';

export type SessionWant = Pick<ReadWant, 'priority' | 'notBefore' | 'signal'> & {
  /** Called when the store is asked. */
  readonly started: () => void;
  /** What it is when there was no answer in our own time. */
  readonly overtime: Fault;
};

export type Question<T> = SessionUse<Result<T, Fault | LoginExpired>>;

/** Asks with the session of an identity; when the session turns out to be stale, once more with a new one. */
export async function withSession<T>(
  session: SessionSlot,
  question: Question<T>,
  want: SessionWant,
): Promise<Result<T>> {
  const first = await session.get(want);
  if (!first.ok) return first;
  want.started();
  const answer = await ask(first.value, question, want);
  if (answer.ok) return answer;
  const fresh = await replaceIfStale(session, first.value, answer.fault, want);
  if (!fresh) return failed(expiredTo(session, answer.fault));
  if (!fresh.ok) return fresh;
  const second = await ask(fresh.value, question, want);
  return second.ok ? second : failed(expiredTo(session, second.fault));
}

async function ask<T>(
  live: Session,
  question: Question<T>,
  { signal, overtime }: SessionWant,
): Promise<Result<T, Fault | LoginExpired>> {
  const answer = await live.use(question, signal);
  return answer ?? failed(overtime);
}

/** Undefined when the fault is none that a new session could fix. */
async function replaceIfStale(
  session: SessionSlot,
  live: Session,
  fault: Fault | LoginExpired,
  want: SessionWant,
): Promise<Result<Session> | undefined> {
  if (fault.kind === 'login-expired') return session.replace(live, want, 60_000, endedTwice(session));
  // The bundle is read at each login, so it may have been fixed since this one.
  if (fault.reason === 'CABundleInvalid') return session.replace(live, want, 5000, fault);
  if (fault.reason === 'AccessDenied') return session.refresh(live, want);
  return undefined;
}

const expiredTo = (session: SessionSlot, fault: Fault | LoginExpired): Fault =>
  fault.kind === 'login-expired' ? endedTwice(session) : fault;

const endedTwice = ({ source, identity }: SessionSlot): Fault =>
  authFailed(
    `${source.label} ended the login of ${describeIdentity(identity)} right after it was made; look for a very short token lifetime or use limit in its role there`,
  );
