import { Client, type Dispatcher, Pool } from 'undici';
import type { SecretValue } from '../core/secret-value.ts';
import { type Caller, type CallerIdentity, type CallObserver, createCaller, observed } from './caller.ts';
import { connector } from './connector.ts';
import { type ApiRequest, type Link, send } from './exchange.ts';
import type { Login } from './login.ts';

/** Every connection to the API server. */
export interface Transport {
  /** Pooled: for all that is short. */
  readonly call: Caller;
  /** A connection that nothing else uses: one for each watch, one for the Lease. */
  channel(): Channel;
  /** Calls as the bearer of a token, on connections that carry no certificate of the operator's. */
  asBearer(token: SecretValue): Caller;
  /** Ends all connections at once, those of channels too. */
  close(): Promise<void>;
}

export interface Channel {
  readonly call: Caller;
  /** Starts a request whose body is read as it comes: resolves at the headers, throws what undici throws. */
  open(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  /** After `open` was answered with 401. */
  renew(): Promise<void>;
}

export interface TransportOptions {
  /** `shearline/0.1.0`. */
  readonly userAgent: string;
  /** At most, beside those of channels; none before it is needed. */
  readonly connections: number;
  readonly onCall: CallObserver;
}

/** A token is tried once for each source and identity: few at a time. */
const bearerConnections = 4;
/** Bytes; a page of 500 objects stays far below. */
const largestAnswer = 128 * 1024 * 1024;
// Deadlines are signals, so undici's own timers are off. The API server closes idle connections after 90 s; we close
// first, because a request that meets a closing connection is lost, and a lost write cannot be sent again.
const settings = { allowH2: false, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 30_000 };

export function createTransport(login: Login, options: TransportOptions): Transport {
  const agent = { 'user-agent': options.userAgent };
  const identity = { headers: async () => ({ ...(await login.headers()), ...agent }), renew: () => login.renew() };
  const links = linksTo(login);
  const pool = links.pool(options.connections, 'with-certificate');
  // The API server would take the operator's client certificate as the caller, whatever the token is worth.
  const bearers = links.pool(bearerConnections, 'without-certificate');
  const caller = (link: Link, who: CallerIdentity) => observed(createCaller(link, who), options.onCall);
  return {
    call: caller(pool, identity),
    channel: () => {
      const link = links.single();
      return { call: caller(link, identity), ...streamOn(link, identity) };
    },
    asBearer: token => {
      const headers = { ...agent, authorization: `Bearer ${token.revealText() ?? ''}` };
      return caller(bearers, { headers: async () => headers });
    },
    close: links.close,
  };
}

function streamOn(link: Link, identity: Required<CallerIdentity>): Omit<Channel, 'call'> {
  return {
    open: async (request, signal) => send(link, await identity.headers(), request, signal),
    renew: identity.renew,
  };
}

/** Nothing is connected before the first request. */
function linksTo(login: Login) {
  const { origin, pathname } = new URL(login.server);
  const prefix = pathname.replace(/\/$/, '');
  const dispatchers: Dispatcher[] = [];
  const link = (dispatcher: Dispatcher): Link => {
    dispatchers.push(dispatcher);
    return { dispatcher, prefix };
  };
  return {
    pool: (connections: number, certificate: Parameters<typeof connector>[1]) =>
      link(
        new Pool(origin, {
          ...settings,
          connect: connector(login, certificate),
          connections,
          maxResponseSize: largestAnswer,
        }),
      ),
    single: () => link(new Client(origin, { ...settings, connect: connector(login, 'with-certificate') })),
    close: async () => void (await Promise.all(dispatchers.map(dispatcher => dispatcher.destroy()))),
  };
}
