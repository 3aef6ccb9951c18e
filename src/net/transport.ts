import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../core/clock.ts';
import { systemClock } from '../core/clock.ts';
import { failed, ok } from '../core/result.ts';
import { BodyBudget } from './body-budget.ts';
import { type Collected, collect, type Head } from './collect.ts';
import type { ConnectorOptions } from './connector.ts';
import { checkedConnector } from './connector.ts';
import { isSchemeAllowed } from './egress.ts';
import { faultOf } from './failure.ts';
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
    request: async (call, signal) => {
      const url = URL.parse(call.url);
      if (url === null || !isSchemeAllowed(egress, url)) return failed(notHttps);
      const room = bodies.reserve(call.tenant ?? tenant, () => sent.giveUp(noRoom));
      const sent = collect(agent, onTheWire(call, url), {
        signal,
        deadlineMs,
        head: unwantedAnswer,
        chunk: bytes => (room.take(bytes) ? undefined : noRoom),
      });
      try {
        return ok(answerOf(call, await sent.answer, clock));
      } catch (error) {
        return failed(faultOf(error, sent.answered()));
      } finally {
        room.release();
      }
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

const longestRetryAfterMs = 3_600_000;

function answerOf(call: HttpCall, { status, headers, body }: Collected, clock: Clock): HttpAnswer {
  const flat = flatten(headers);
  const retryAfterMs = parseRetryAfter(flat['retry-after'], clock, longestRetryAfterMs);
  return cut(call, { status, headers: flat, body, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

function onTheWire({ method, headers, body }: HttpCall, url: URL): Dispatcher.DispatchOptions {
  const { origin, pathname, search } = url;
  // No compression: a small body could unfold to any size.
  const identity = { ...headers, 'accept-encoding': 'identity' };
  return { origin, path: `${pathname}${search}`, method, headers: identity, body: body ?? null };
}

const noRoom: HttpFault = { kind: 'no-room' };

function unwantedAnswer({ status, headers }: Head): HttpFault | undefined {
  if (status >= 300 && status < 400) return { kind: 'redirect' };
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding === 'identity' ? undefined : { kind: 'network', why: 'other' };
}

const flatten = (headers: Collected['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]));
