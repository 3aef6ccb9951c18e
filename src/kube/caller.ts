import { type Answer, type ApiRequest, exchange, type Link } from './exchange.ts';
import type { LoginHeaders } from './login.ts';
import type { CallOptions } from './port.ts';
import { type Deadline, deadline, pause } from './waiting.ts';

/** One call to the API server: whatever may safely be tried again has been, within the deadline. */
export type Caller = (request: ApiRequest, options: CallOptions) => Promise<Answer>;

/** Who calls. Without `renew` a 401 is final. */
export interface CallerIdentity {
  headers(): Promise<LoginHeaders>;
  renew?(): Promise<void>;
}

const defaultDeadlineMs = 10_000;
/** A Retry-After of zero must not turn into a loop. */
const leastWaitMs = 100;

export function createCaller(link: Link, identity: CallerIdentity): Caller {
  return async (request, options) => {
    using limit = deadline(options.signal, options.deadlineMs ?? defaultDeadlineMs);
    const tried: Tried = { renewed: false, resent: false };
    let answer: Answer;
    do answer = await exchange(link, await identity.headers(), request, limit.signal);
    while (!limit.signal.aborted && (await mayTryAgain(answer, request, identity, tried, limit)));
    return answer;
  };
}

/** Is told of each call when it has its answer: a status, or `lost`. */
export type CallObserver = (request: Pick<ApiRequest, 'method' | 'path'>, code: string, tookMs: number) => void;

/** A caller whose calls are counted. */
export function observed(call: Caller, observe: CallObserver): Caller {
  return async (request, options) => {
    const begun = performance.now();
    const answer = await call(request, options);
    observe(request, answer.kind === 'lost' ? 'lost' : `${answer.status}`, performance.now() - begun);
    return answer;
  };
}

interface Tried {
  renewed: boolean;
  resent: boolean;
}

/** 401 and 429 say that nothing was done, so any request may be sent again; one that was lost only if it is a GET. */
async function mayTryAgain(
  answer: Answer,
  request: ApiRequest,
  identity: CallerIdentity,
  tried: Tried,
  limit: Deadline,
): Promise<boolean> {
  if (answer.kind === 'lost') return request.method === 'GET' && once(tried, 'resent');
  if (answer.status === 401 && identity.renew !== undefined && once(tried, 'renewed')) {
    await identity.renew();
    return true;
  }
  if (answer.status === 429) return waited(answer.retryAfterMs ?? 1000, limit);
  return false;
}

function once(tried: Tried, what: keyof Tried): boolean {
  if (tried[what]) return false;
  tried[what] = true;
  return true;
}

/** Up to a quarter longer than asked, so that those who were refused together do not come back together. */
async function waited(retryAfterMs: number, limit: Deadline): Promise<boolean> {
  const wait = Math.max(retryAfterMs, leastWaitMs) * (1 + Math.random() / 4);
  if (wait >= limit.remainingMs()) return false;
  await pause(wait, limit.signal);
  return true;
}
