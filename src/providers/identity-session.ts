import { within } from '../core/abort.ts';
import { authFailed, type Fault, unavailable } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { describeIdentity, type Identity } from './identity.ts';
import { type LifePorts, LiveSession } from './live-session.ts';
import { type Login, type LoginPorts, logIn } from './login.ts';
import type { ProviderObserver } from './observer.ts';
import { isRefused, type Refusal, refusalOf } from './refusal.ts';
import type { ReadWant, SourceAccess } from './remote-reader.ts';

export interface SessionPorts extends LoginPorts, LifePorts {
  readonly observer: ProviderObserver;
  /** Looks after a promise that nobody waits for. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

type Urgency = Pick<ReadWant, 'lane' | 'notBefore'>;

const loginMs = 15_000;

/** The session of one identity at one source: one login at a time, shared by all who ask, and so are its failures. */
export class IdentitySession {
  readonly source: SourceAccess;
  readonly identity: Identity;
  readonly #ports: SessionPorts;
  readonly #dropped = new AbortController();
  #live: LiveSession | undefined;
  #pending: Promise<Result<LiveSession>> | undefined;
  #refusal: Refusal | undefined;
  #replacedAt = Number.NEGATIVE_INFINITY;
  #usedAt = 0;

  constructor(source: SourceAccess, identity: Identity, ports: SessionPorts) {
    this.source = source;
    this.identity = identity;
    this.#ports = ports;
  }

  /** The fault of the last login, if this request has to be content with it. */
  refusalFor(want: Urgency): Fault | undefined {
    const refusal = this.#live?.usable ? undefined : this.#refusal;
    return refusal && isRefused(refusal, want, this.#now()) ? refusal.fault : undefined;
  }

  /** Steady milliseconds; 0 when no login was refused. */
  get refusedUntil(): number {
    return this.#live?.usable ? 0 : (this.#refusal?.until ?? 0);
  }

  async get(want: Urgency): Promise<Result<LiveSession>> {
    this.#usedAt = this.#now();
    if (this.#live?.usable) {
      this.#renewIfDue(this.#live);
      return ok(this.#live);
    }
    const refused = this.refusalFor(want);
    return refused ? failed(refused) : this.#logIn();
  }

  /**
   * A session that the store no longer knows, or whose CA bundle no longer holds, is replaced: by one new login, and at
   * most one in `everyMs` milliseconds. In between, `otherwise` is the answer.
   */
  async replace(stale: LiveSession, want: Urgency, everyMs: number, otherwise: Fault): Promise<Result<LiveSession>> {
    if (this.#live !== stale) return this.get(want);
    if (stale.irreplaceable) return failed(this.#cannotLogInAgain());
    const now = this.#now();
    const until = this.#replacedAt + everyMs;
    this.#live = undefined;
    stale.retire();
    if (now < until) {
      this.#refusal = { fault: otherwise, startedAt: now, until, count: 0, strict: otherwise.kind === 'denied' };
      return failed(otherwise);
    }
    this.#replacedAt = now;
    return this.#logIn();
  }

  /** Milliseconds since somebody asked for it; 0 for one that could not be had again. */
  get idleMs(): number {
    if (this.#pending || (this.#live?.irreplaceable && this.#live.usable)) return 0;
    return this.#now() - this.#usedAt;
  }

  get isDropped(): boolean {
    return this.#dropped.signal.aborted;
  }

  /** Ends a login under way and closes the session. */
  drop(): void {
    this.#dropped.abort();
    this.#live?.close();
    this.#live = undefined;
  }

  #logIn(): Promise<Result<LiveSession>> {
    this.#pending ??= this.#attempt().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #attempt(): Promise<Result<LiveSession>> {
    const { clock, timers, observer, random } = this.#ports;
    const startedAt = clock.steady();
    if (this.#refusal?.strict) this.#replacedAt = startedAt;
    const result = await within(loginMs, { timers, signal: this.#dropped.signal }, signal => this.#begin(signal));
    const session = result ?? failed(this.#noAnswer());
    const outcome = session.ok ? 'ok' : session.fault.kind;
    const { provider, label } = this.source;
    observer.login({ provider: provider.name, source: label, outcome, tookMs: clock.steady() - startedAt });
    if (session.ok) this.#adopt(session.value);
    else this.#refusal = refusalOf(session.fault, this.#refusal, startedAt, clock.steady(), random);
    return session;
  }

  /** A login that succeeds after it was given up is revoked: nobody would ever use it. */
  async #begin(signal: AbortSignal): Promise<Result<LiveSession>> {
    const login: Result<Login> = await logIn(this.source, this.identity, this.#ports, signal);
    if (!login.ok) return login;
    const session = new LiveSession(login.value, this.#ports);
    if (!signal.aborted) return ok(session);
    session.close();
    return failed(this.#noAnswer());
  }

  #adopt(session: LiveSession): void {
    this.#live?.retire();
    this.#live = session;
    this.#refusal = undefined;
  }

  #renewIfDue(live: LiveSession): void {
    if (live.renewalDue) this.#ports.inBackground(this.#renew(live));
  }

  async #renew(live: LiveSession): Promise<void> {
    const outcome = await live.renew(this.#dropped.signal);
    if (outcome === 'replace' && this.#live === live && !live.irreplaceable) await this.#logIn();
  }

  #now(): number {
    return this.#ports.clock.steady();
  }

  #noAnswer(): Fault {
    const { label } = this.source;
    if (this.isDropped) return unavailable(`${label} was changed or withdrawn during the login`);
    return unavailable(`${label} did not answer the login of ${describeIdentity(this.identity)} within 15 s`);
  }

  #cannotLogInAgain(): Fault {
    return authFailed(
      `${this.source.label} ended a login that was made with a single-use credential; put a new credential into its Secret`,
    );
  }
}
