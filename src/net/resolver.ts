import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { ConcurrencyLimit } from '../async/concurrency-limit.ts';
import type { Clock } from '../core/clock.ts';
import { type Looked, lookUp } from './name-lookup.ts';

/** Looks names up for all sources. */
export interface NameResolver {
  /** `tenant`: whose look-ups these are. At most 16 of them are under way at a time; the others wait for each other. */
  of(tenant: string): LookupFunction;
}

export interface ResolverPorts {
  readonly clock: Clock;
  /** Ends with the operator: then no look-up is waited for. */
  readonly signal: AbortSignal;
  /** Default: as the system is configured. */
  readonly lookUp?: (name: string) => Promise<Looked>;
}

/** Milliseconds: a name server that says 0 is not asked for each connection; one that says a week is asked again. */
const leastTtlMs = 5000;
const mostTtlMs = 300_000;
const maxKept = 10_000;
const maxPerTenant = 16;

/** Answers are kept for their TTL, and who asks for a name that is being looked up shares the answer. */
export function createResolver({ clock, signal, lookUp: ask }: ResolverPorts): NameResolver {
  const kept = new Kept(clock);
  const underWay = new Map<string, Promise<Looked>>();
  const limits = new Map<string, ConcurrencyLimit>();

  const shared = (name: string): Promise<Looked> => {
    const running = underWay.get(name) ?? asked(name);
    underWay.set(name, running);
    return running;
  };
  const asked = async (name: string): Promise<Looked> => {
    const answer = await (ask?.(name) ?? lookUp(name, { signal }));
    underWay.delete(name);
    if (answer.kind === 'found') kept.put(name, answer.addresses, answer.ttlMs);
    return answer;
  };
  /** A name is shared only once it is asked for, so that nobody waits in the queue of somebody else. */
  const find = async (tenant: string, name: string): Promise<readonly LookupAddress[] | Failed> => {
    const limit = limits.get(tenant) ?? new ConcurrencyLimit(maxPerTenant);
    limits.set(tenant, limit);
    const answer = await limit.run(async (): Promise<Looked> => {
      const addresses = kept.get(name);
      return addresses ? { kind: 'found', addresses, ttlMs: 0 } : await shared(name);
    });
    if (limit.isIdle) limits.delete(tenant);
    return answer.kind === 'found' ? answer.addresses : answer.kind;
  };
  return {
    of: tenant => (hostname, options, callback) => {
      const name = hostname.toLowerCase();
      const answer = (found: readonly LookupAddress[] | Failed) => {
        const [first] = typeof found === 'string' ? [] : found;
        if (typeof found === 'string' || !first)
          callback(failure(found === 'no-answer' ? 'EAI_AGAIN' : 'ENOTFOUND'), []);
        else if (options.all) callback(null, [...found]);
        else callback(null, first.address, first.family);
      };
      const known = kept.get(name);
      if (known) process.nextTick(answer, known);
      else void find(tenant, name).then(answer);
    },
  };
}

type Failed = Exclude<Looked['kind'], 'found'>;

/** Without the name: it is not for any log. */
const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** What was found, for as long as it is true. */
class Kept {
  readonly #clock: Clock;
  readonly #byName = new Map<string, { readonly addresses: readonly LookupAddress[]; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(name: string): readonly LookupAddress[] | undefined {
    const found = this.#byName.get(name);
    if (found && found.until > this.#clock.steady()) return found.addresses;
    this.#byName.delete(name);
    return undefined;
  }

  /** The oldest goes when there are too many: tenants choose names. */
  put(name: string, addresses: readonly LookupAddress[], ttlMs: number): void {
    const until = this.#clock.steady() + Math.min(Math.max(ttlMs, leastTtlMs), mostTtlMs);
    this.#byName.delete(name);
    this.#byName.set(name, { addresses, until });
    for (const oldest of this.#byName.keys()) {
      if (this.#byName.size <= maxKept) return;
      this.#byName.delete(oldest);
    }
  }
}
