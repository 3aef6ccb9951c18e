import { within } from '../async/deadline.ts';
import type { Timers } from '../async/timers.ts';
import type { Clock } from '../core/clock.ts';
import { faultPolicy } from '../core/fault.ts';
import type { ProviderSession } from '../providers/provider.ts';
import type { Login } from './login.ts';

export interface LifePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, as Math.random. */
  readonly random: () => number;
  /** Revokes a login; the caller decides how many at once, and for how long. */
  readonly revoke: (login: Login) => void;
}

/** Asks the store something. */
export type SessionUse<T> = (session: ProviderSession, signal: AbortSignal) => Promise<T>;

const callMs = 15_000;

/** One login that is valid: claim a use of it, renew it at two thirds of its life, close it once nobody reads any more. */
export class Session {
  readonly #login: Login;
  readonly #ports: LifePorts;
  #expiresAt: number | undefined;
  #renewAt = Number.POSITIVE_INFINITY;
  #bornAt = 0;
  #claims = 0;
  #readers = 0;
  #state: 'live' | 'retired' | 'closed' = 'live';

  constructor(login: Login, ports: LifePorts) {
    this.#login = login;
    this.#ports = ports;
    this.#live(login.session.expiresAt);
  }

  get irreplaceable(): boolean {
    return this.#login.session.irreplaceable ?? false;
  }

  /** Whether it may do more if it is made again. */
  get rightsFromLogin(): boolean {
    return this.#login.session.rightsFromLogin ?? false;
  }

  /** Of the CA bundle under which the login was made. */
  get caVersion(): string | undefined {
    return this.#login.caVersion;
  }

  /** Not in the last moments of its life either: the read would meet a login that has just ended. */
  get usable(): boolean {
    const margin = Math.min(2000, this.lifeMs / 10);
    return this.hasUses && (this.#expiresAt === undefined || this.#ports.clock.steady() < this.#expiresAt - margin);
  }

  /** Some logins are good for a number of requests only. */
  get hasUses(): boolean {
    const { usesLeft } = this.#login.session;
    return usesLeft === undefined || usesLeft() > this.#claims;
  }

  /** From login or renewal to the end; infinite when it never ends. */
  get lifeMs(): number {
    return (this.#expiresAt ?? Number.POSITIVE_INFINITY) - this.#bornAt;
  }

  /** Whether the store can extend it; without that it is replaced by a new login when it is due. */
  get renewable(): boolean {
    return this.#login.session.renew !== undefined && this.#expiresAt !== undefined;
  }

  /** Steady milliseconds; infinite when it never ends. */
  get renewAt(): number {
    return this.#renewAt;
  }

  get renewalDue(): boolean {
    return this.#ports.clock.steady() >= this.#renewAt;
  }

  /** Keeps a use for one call of `use`. False: others have them all. */
  claim(): boolean {
    if (!this.hasUses) return false;
    this.#claims += 1;
    return true;
  }

  /** With the use that was claimed. Undefined when there was no answer within 15 s or before the signal ended. */
  async use<T>(call: SessionUse<T>, signal: AbortSignal): Promise<T | undefined> {
    this.#claims -= 1;
    this.#readers += 1;
    try {
      const limits = { timers: this.#ports.timers, signal };
      return await within(callMs, limits, limit => call(this.#login.session, limit));
    } finally {
      this.#readers -= 1;
      this.#closeIfUnused();
    }
  }

  /** `replace`: the store will not extend it (any more), so that a new login is needed before its end. */
  async renew(signal: AbortSignal): Promise<'renewed' | 'later' | 'replace'> {
    const now = this.#ports.clock.steady();
    this.#renewAt = now + Math.max(5000, ((this.#expiresAt ?? now) - now) / 3);
    const { session } = this.#login;
    if (!session.renew) return 'replace';
    const answer = await within(callMs, { timers: this.#ports.timers, signal }, async limit => session.renew?.(limit));
    if (!answer) return 'later';
    if (answer.ok) return this.#extended(answer.value);
    const { keepsToken: passes, stalled } = faultPolicy[answer.fault.kind];
    return passes || stalled ? 'later' : 'replace';
  }

  /** Closes when the reads under way have ended. */
  retire(): void {
    if (this.#state === 'live') this.#state = 'retired';
    this.#closeIfUnused();
  }

  /** Closes now. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#ports.revoke(this.#login);
  }

  /** A store that extends a login by ever shorter times has come to the end of what it grants. */
  #extended(expiresAt: number | undefined): 'renewed' | 'replace' {
    const now = this.#ports.clock.steady();
    if (expiresAt !== undefined && this.#expiresAt !== undefined && expiresAt - now < this.lifeMs / 2) return 'replace';
    this.#live(expiresAt);
    return 'renewed';
  }

  #live(expiresAt: number | undefined): void {
    this.#bornAt = this.#ports.clock.steady();
    this.#expiresAt = expiresAt;
    const share = 0.6 + 0.13 * this.#ports.random();
    this.#renewAt = this.#bornAt + ((expiresAt ?? Number.POSITIVE_INFINITY) - this.#bornAt) * share;
  }

  #closeIfUnused(): void {
    if (this.#state === 'retired' && this.#readers === 0) this.close();
  }
}
