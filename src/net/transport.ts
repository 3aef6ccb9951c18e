import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../core/clock.ts';
import { systemClock } from '../core/clock.ts';
import type { Result } from '../core/result.ts';
import { failed, ok } from '../core/result.ts';
import { BodyBudget, type Reservation } from './body-budget.ts';
import { type Collected, collect } from './collect.ts';
import type { ConnectorOptions } from './connector.ts';
import { checkedConnector } from './connector.ts';
import { isSchemeAllowed } from './egress.ts';
import { faultOf, HttpFailure } from './failure.ts';
import { cut, type HttpAnswer, type HttpCall, type HttpFault, type ProviderHttp } from './http.ts';
import { parseRetryAfter } from './retry-after.ts';

export interface TransportOptions extends Pick<ConnectorOptions, 'egress' | 'authorities' | 'lookup' | 'proxy'> {
  /** Milliseconds for a whole call, from the queue of the pool to the last byte of the body; default 10,000. */
  readonly deadlineMs?: number;
  /** Bytes of one body; default 4 MiB. */
  readonly maxBodyBytes?: number;
  /** Kept-alive connections per host; default 32. */
  readonly connections?: number;
  /** Shared by all transports; default: one of its own. */
  readonly bodies?: BodyBudget;
  /** Whose answers these are, where a call does not say so. */
  readonly tenant?: string;
  readonly clock?: Clock;
}

/** The one way to a store: one transport a source, with its own pool, authorities and rules. */
export interface ProviderTransport extends ProviderHttp {
  /** Ends calls under way as `aborted` and closes all connections. */
  close(): Promise<void>;
}

export function createProviderTransport(options: TransportOptions): ProviderTransport {
  const { deadlineMs = 10_000, clock = systemClock, egress, bodies = new BodyBudget(), tenant = '' } = options;
  const agent = createAgent(options, deadlineMs);
  return {
    request: (call, signal) => {
      const url = URL.parse(call.url);
      return url === null || !isSchemeAllowed(egress, url)
        ? Promise.resolve(failed(notHttps))
        : within(deadlineMs, signal, async limit => {
            const evict = () => limit.abort(new HttpFailure({ kind: 'no-room' }));
            const room = bodies.reserve(call.tenant ?? tenant, evict);
            return exchange(agent, call, url, room, limit.signal, clock.wall()).finally(room.release);
          });
    },
    close: () => agent.destroy(),
  };
}

function createAgent(
  { connections = 32, maxBodyBytes = 4 * 1024 * 1024, ...options }: TransportOptions,
  deadlineMs: number,
) {
  return new Agent({
    connect: checkedConnector({ ...options, timeoutMs: deadlineMs }),
    connections,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    maxResponseSize: maxBodyBytes,
    // The deadline covers both, and a server that sends a byte a second would never meet them.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

const notHttps: HttpFault = { kind: 'egress', rule: 'the address must begin with https://' };

async function exchange(
  agent: Agent,
  call: HttpCall,
  url: URL,
  room: Reservation,
  signal: AbortSignal,
  now: number,
): Promise<Result<HttpAnswer, HttpFault>> {
  let answered = false;
  const unwanted = ({ status, headers }: Pick<Collected, 'status' | 'headers'>): Error | undefined => {
    answered = true;
    const fault = unwantedAnswer(status, headers);
    return fault && new HttpFailure(fault);
  };
  try {
    const {
      status,
      headers: received,
      body,
    } = await collect(agent, onTheWire(call, url), signal, {
      head: unwanted,
      chunk: bytes => (room.take(bytes) ? undefined : new HttpFailure({ kind: 'no-room' })),
    });
    const headers = flatten(received);
    const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
    return ok(cut(call, { status, headers, body, ...(retryAfterMs !== undefined && { retryAfterMs }) }));
  } catch (error) {
    return failed(faultOf(error, answered));
  }
}

function onTheWire({ method, headers, body }: HttpCall, url: URL): Dispatcher.DispatchOptions {
  const { origin, pathname, search } = url;
  // No compression: a small body could unfold to any size.
  const identity = { ...headers, 'accept-encoding': 'identity' };
  return { origin, path: `${pathname}${search}`, method, headers: identity, body: body ?? null };
}

function unwantedAnswer(status: number, headers: Collected['headers']): HttpFault | undefined {
  if (status >= 300 && status < 400) return { kind: 'redirect' };
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding === 'identity' ? undefined : { kind: 'network', why: 'other' };
}

const flatten = (headers: Collected['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]));

/** Runs with a signal that ends with the caller's or at the deadline, and says which of the two it was; `run` may end it, too. */
async function within<T>(ms: number, caller: AbortSignal, run: (limit: AbortController) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const onAbort = () => limit.abort(new HttpFailure({ kind: 'aborted' }));
  if (caller.aborted) onAbort();
  caller.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => limit.abort(new HttpFailure({ kind: 'deadline' })), ms);
  try {
    return await run(limit);
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', onAbort);
  }
}
