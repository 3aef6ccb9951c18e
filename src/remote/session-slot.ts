import { within } from '../async/deadline.ts';
import type { Cancel } from '../async/timers.ts';
import { authFailed, type Fault, unavailable } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { describeIdentity, type Identity } from './identity.ts';
import { type Login, type LoginPorts, logIn } from './login.ts';
import { isBackingOff, isForStoreToFix, type LoginBackoff, loginBackoff } from './login-backoff.ts';
import { type ProviderObserver, type ReadWant, type SourceAccess, sourceOfCall } from './ports.ts';
import { type LifePorts, Session } from './session.ts';

export interface SlotPorts extends LoginPorts, LifePorts {
  readonly observer: ProviderObserver;
  /** Looks after a promise that nobody waits for. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

type Urgency = Pick<ReadWant, 'priority' | 'notBefore'>;

const loginMs = 15_000;
const refreshMs = 60_000;
const refreshForRotationMs = 1000;

/** The session of one identity at one source: one login at a time, shared by all who ask, and so are its failures. */
export class SessionSlot {
  readonly source: SourceAccess;
  readonly identity: Identity;
  readonly #ports: SlotPorts;
  readonly #dropped = new AbortController();
  #live: Session | undefined;
  #pending: Promise<Result<Session>> | undefined;
  #backoff: LoginBackoff | undefined;
  /** When the last login began; the last that replaced an ended session; the last that was made for a refusal. */
  #triedAt = Number.NEGATIVE_INFINITY;
  #replacedAt = Number.NEGATIVE_INFINITY;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #usedAt = 0;
  #cancelRenewal: Cancel | undefined;

  constructor(source: SourceAccess, identity: Identity, ports: SlotPorts) {
    this.source = source;
    this.identity = identity;
    this.#ports = ports;
  }

  /** The fault of the last login, if this request has to be content with it. */
  refusalFor(want: Urgency): Fault | undefined {
    const backoff = this.#live?.usable ? undefined : this.#backoff;
    return backoff && isBackingOff(backoff, want, this.#now()) ? backoff.fault : undefined;
  }

  /** Steady milliseconds; 0 when no login was refused. */
  get refusedUntil(): number {
    return this.#live?.usable ? 0 : (this.#backoff?.until ?? 0);
  }

  /** A session with a use claimed in it. */
  async get(want: Urgency): Promise<Result<Session>> {
    this.#usedAt = this.#now();
    if (this.#live?.usable && this.#live.claim()) {
      if (this.#live.renewalDue) this.#ports.inBackground(this.#renew(this.#live));
      return ok(this.#live);
    }
    const refused = this.refusalFor(want);
    return refused ? failed(refused) : this.#enter(want);
  }

  /**
   * A session that the store no longer knows, or whose CA bundle no longer holds, is replaced: by one new login, and at
   * most one in `everyMs` milliseconds. In between, `otherwise` is the answer.
   */
  async replace(stale: Session, want: Urgency, everyMs: number, otherwise: Fault): Promise<Result<Session>> {
    if (this.#live !== stale || !stale.hasUses) return this.get(want);
    if (stale.irreplaceable) return failed(this.#cannotLogInAgain());
    const now = this.#now();
    const until = this.#replacedAt + everyMs;
    this.#live = undefined;
    stale.retire();
    if (now < until) {
      this.#backoff = { fault: otherwise, startedAt: now, until, count: 0, strict: isForStoreToFix(otherwise) };
      return failed(otherwise);
    }
    this.#replacedAt = now;
    return this.#enter(want);
  }

  /**
   * For a session that lives and was refused: if its rights were settled at its login, a new one may have more. One
   * login a minute at most; a rotation that was asked for since the last has one at once. The session that there is
   * stays until there is another. Undefined: none that is newer.
   */
  async refresh(refused: Session, want: Urgency): Promise<Result<Session> | undefined> {
    if (!refused.rightsFromLogin || refused.irreplaceable) return undefined;
    if (this.#live !== refused) return this.get(want);
    if (this.#pending === undefined && !this.#mayRefresh(want)) return undefined;
    this.#refreshedAt = this.#now();
    const login = await this.#logIn();
    return login.ok ? this.get(want) : undefined;
  }

  /**
   * What an authority vouched for that is trusted no longer is not used any more; the next request logs in under the
   * new bundle. Only a login that could not be made again stays.
   */
  sawCaBundle(version: string): void {
    const live = this.#live;
    if (!live || live.irreplaceable || live.caVersion === version) return;
    this.#live = undefined;
    live.retire();
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
    this.#cancelRenewal?.();
    this.#live?.close();
    this.#live = undefined;
  }

  #mayRefresh({ priority, notBefore }: Urgency): boolean {
    const now = this.#now();
    if (priority === 'high') return this.#triedAt < notBefore && now >= this.#refreshedAt + refreshForRotationMs;
    return now >= this.#triedAt + refreshMs;
  }

  /** Each login has a use for at least one of those who wait for it; the others log in again. */
  async #enter(want: Urgency): Promise<Result<Session>> {
    const login = await this.#logIn();
    return login.ok && !login.value.claim() ? this.get(want) : login;
  }

  #logIn(): Promise<Result<Session>> {
    this.#pending ??= this.#attempt().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #attempt(): Promise<Result<Session>> {
    const { clock, timers, observer, random } = this.#ports;
    const startedAt = clock.steady();
    this.#triedAt = startedAt;
    if (this.#backoff?.strict) this.#replacedAt = startedAt;
    const result = await within(loginMs, { timers, signal: this.#dropped.signal }, signal => this.#begin(signal));
    const session = result ?? failed(this.#noAnswer());
    const outcome = session.ok ? 'ok' : session.fault.kind;
    observer.login({ ...sourceOfCall(this.source), outcome, tookMs: clock.steady() - startedAt });
    if (session.ok) this.#adopt(session.value);
    else this.#backoff = loginBackoff(session.fault, this.#backoff, startedAt, clock.steady(), random);
    return session;
  }

  /** A login that succeeds after it was given up is revoked: nobody would ever use it. */
  async #begin(signal: AbortSignal): Promise<Result<Session>> {
    const login: Result<Login> = await logIn(this.source, this.identity, this.#ports, signal);
    if (!login.ok) return login;
    const session = new Session(login.value, this.#ports);
    if (!signal.aborted) return ok(session);
    session.close();
    return failed(this.#noAnswer());
  }

  #adopt(session: Session): void {
    this.#live?.retire();
    this.#live = session;
    this.#backoff = undefined;
    this.#renewInTime(session);
  }

  /** By a timer: the reads of a session may be further apart than the time in which the store extends it. */
  #renewInTime(live: Session): void {
    this.#cancelRenewal?.();
    if (this.isDropped || !live.renewable) return;
    this.#cancelRenewal = this.#ports.timers.after(live.renewAt - this.#now(), () => {
      if (this.#live !== live || !live.usable || this.#isAbandoned(live)) return;
      if (live.renewalDue) this.#ports.inBackground(this.#renew(live));
      else this.#renewInTime(live);
    });
  }

  /** Nobody has asked for it for as long as it lives. It is left to its end, if there can be another. */
  #isAbandoned(live: Session): boolean {
    return !live.irreplaceable && this.#now() > this.#usedAt + live.lifeMs;
  }

  async #renew(live: Session): Promise<void> {
    const outcome = await live.renew(this.#dropped.signal);
    if (outcome === 'replace' && this.#live === live && !live.irreplaceable) await this.#logIn();
    if (this.#live === live) this.#renewInTime(live);
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
