import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './call.ts';
import { type EventMatch, matches, type RequestMatch } from './match.ts';
import type { Act, EventFault, EventRules, Headers, RequestFault, RequestRules, Rule } from './rules.ts';

/** Rules in the order in which they were made; the first that strikes decides. */
export class RuleBook {
  #requests: Entry<RequestFault>[] = [];
  #events: Entry<EventFault>[] = [];

  whenRequest(match: RequestMatch, strikes: Strikes = always): RequestRules {
    const put = (fault: RequestFault) => enter(this.#requests, { match, strikes, fault });
    const after = (act: Act) => put({ kind: 'after', act });
    const commitThen = (act: Act) => put({ kind: 'commit-then', act });
    const dropThen = (act: Act) => put({ kind: 'reset', act });
    return {
      nth: n => this.whenRequest(match, count => count === n),
      first: n => this.whenRequest(match, count => count <= n),
      answer: (status, body = '', headers = {}) => put({ kind: 'answer', status, ...payload(body, headers) }),
      replay: recorded => put({ kind: 'answer', ...recorded }),
      after,
      delay: ms => after(() => sleep(ms)),
      hang: () => put({ kind: 'hang' }),
      reset: () => dropThen(() => undefined),
      dropThen,
      commitThen,
      commitThenReset: () => commitThen(() => undefined),
      beginWith: line => put({ kind: 'begin-with', line }),
      drip: (body, everyMs) => put({ kind: 'drip', body, everyMs }),
      endless: () => put({ kind: 'endless' }),
    };
  }

  whenEvent(match: EventMatch, strikes: Strikes = always): EventRules {
    const put = (fault: EventFault) => enter(this.#events, { match, strikes, fault });
    return {
      nth: n => this.whenEvent(match, count => count === n),
      first: n => this.whenEvent(match, count => count <= n),
      drop: () => put({ kind: 'drop' }),
      double: () => put({ kind: 'double' }),
      swap: () => put({ kind: 'swap' }),
      truncate: () => put({ kind: 'truncate' }),
      replace: line => put({ kind: 'replace', line }),
    };
  }

  forRequest = (call: Call): RequestFault | undefined => strike(this.#requests, call);
  forEvent = (call: Call): EventFault | undefined => strike(this.#events, call);

  /** What was to strike and did not. */
  idle(): readonly unknown[] {
    return [...this.#requests, ...this.#events]
      .filter(({ hits }) => hits === 0)
      .map(({ match, fault: { kind } }) => ({ match, kind }));
  }

  clear(): void {
    this.#requests = [];
    this.#events = [];
  }
}

type Strikes = (count: number) => boolean;
const always: Strikes = () => true;

class Entry<Fault> implements Rule {
  readonly match: RequestMatch | EventMatch;
  readonly strikes: Strikes;
  readonly fault: Fault;
  seen = 0;
  hits = 0;
  live = true;

  constructor({ match, strikes, fault }: Pick<Entry<Fault>, 'match' | 'strikes' | 'fault'>) {
    this.match = match;
    this.strikes = strikes;
    this.fault = fault;
  }

  off = (): void => {
    this.live = false;
  };
}

function enter<Fault>(entries: Entry<Fault>[], parts: Pick<Entry<Fault>, 'match' | 'strikes' | 'fault'>): Rule {
  const entry = new Entry(parts);
  entries.push(entry);
  return entry;
}

function strike<Fault>(entries: readonly Entry<Fault>[], call: Call): Fault | undefined {
  let struck: Entry<Fault> | undefined;
  for (const entry of entries) {
    if (!entry.live || !matches(entry.match, call)) continue;
    entry.seen += 1; // also while another one strikes: the n-th is the n-th that was asked for
    if (struck === undefined && entry.strikes(entry.seen)) struck = entry;
  }
  if (struck !== undefined) struck.hits += 1;
  return struck?.fault;
}

function payload(body: unknown, headers: Headers): { readonly headers: Headers; readonly body: string | Buffer } {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { headers, body };
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
