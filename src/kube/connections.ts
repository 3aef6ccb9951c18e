import { createSecureContext } from 'node:tls';
import { buildConnector, Client, type Dispatcher, Pool } from 'undici';
import { Semaphore } from '../async/semaphore.ts';
import type { SecretValue } from '../core/secret-value.ts';
import { tunnel } from '../net/tunnel.ts';
import type { RestConfig, TlsConfig } from './credentials.ts';
import {
  type ApiRequest,
  type CallObserver,
  createRoundTrip,
  type Endpoint,
  instrumented,
  limited,
  openStream,
  type RequestIdentity,
  type RoundTrip,
} from './http.ts';

/** Every connection to the API server. */
export interface ApiConnections {
  /** Pooled: for all that is short, so many at a time as there are connections. */
  readonly call: RoundTrip;
  /** A connection that nothing else uses: one for each watch, one for the Lease. */
  dedicated(): DedicatedConnection;
  /** Calls as the bearer of a token, on connections that carry no certificate of the operator's. */
  asBearer(token: SecretValue): RoundTrip;
  /** Ends all connections at once, dedicated ones too. */
  close(): Promise<void>;
}

export interface DedicatedConnection {
  readonly call: RoundTrip;
  /** Starts a request whose body is read as it comes: resolves at the headers, throws what undici throws. */
  open(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  /** After `open` was answered with 401. */
  renew(): Promise<void>;
}

export interface ConnectionsOptions {
  /** `shearline/0.1.0`. */
  readonly userAgent: string;
  /** At most, beside dedicated ones; none before it is needed. */
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

export function createConnections(config: RestConfig, options: ConnectionsOptions): ApiConnections {
  const agent = { 'user-agent': options.userAgent };
  const identity = { headers: async () => ({ ...(await config.headers()), ...agent }), renew: () => config.renew() };
  const endpoints = endpointsOf(config);
  const pool = endpoints.pool(options.connections, 'with-certificate');
  // The API server would take the operator's client certificate as the caller, whatever the token is worth.
  const bearers = endpoints.pool(bearerConnections, 'without-certificate');
  const caller = (endpoint: Endpoint, who: RequestIdentity) =>
    instrumented(createRoundTrip(endpoint, who), options.onCall);
  return {
    call: limited(caller(pool, identity), new Semaphore(options.connections)),
    dedicated: () => {
      const endpoint = endpoints.single();
      return { call: caller(endpoint, identity), ...streamOn(endpoint, identity) };
    },
    asBearer: token => {
      const headers = { ...agent, authorization: `Bearer ${token.revealText() ?? ''}` };
      return caller(bearers, { headers: async () => headers });
    },
    close: endpoints.close,
  };
}

function streamOn(endpoint: Endpoint, identity: Required<RequestIdentity>): Omit<DedicatedConnection, 'call'> {
  return {
    open: async (request, signal) => openStream(endpoint, await identity.headers(), request, signal),
    renew: identity.renew,
  };
}

/** Nothing is connected before the first request. */
function endpointsOf(config: RestConfig) {
  const { origin, pathname } = new URL(config.server);
  const prefix = pathname.replace(/\/$/, '');
  const dispatchers: Dispatcher[] = [];
  const endpoint = (dispatcher: Dispatcher): Endpoint => {
    dispatchers.push(dispatcher);
    return { dispatcher, prefix };
  };
  return {
    pool: (connections: number, certificate: Parameters<typeof connector>[1]) =>
      endpoint(
        new Pool(origin, {
          ...settings,
          connect: connector(config, certificate),
          connections,
          maxResponseSize: largestAnswer,
        }),
      ),
    single: () => endpoint(new Client(origin, { ...settings, connect: connector(config, 'with-certificate') })),
    close: async () => void (await Promise.all(dispatchers.map(dispatcher => dispatcher.destroy()))),
  };
}

/** Milliseconds to connect. */
const timeoutMs = 10_000;

/**
 * Opens connections with the certificates that hold now: a kubeconfig's exec plugin may hand out new ones while the
 * operator runs. HTTP/1.1 on purpose: one connection a call lets a slow answer delay nobody else.
 */
export function connector(
  config: RestConfig,
  certificate: 'with-certificate' | 'without-certificate',
): buildConnector.connector {
  let built: { readonly tls: TlsConfig; readonly connect: buildConnector.connector } | undefined;
  return (options, callback) => {
    const tls = config.tls();
    if (built?.tls !== tls) built = { tls, connect: through(config, build(tls, certificate === 'with-certificate')) };
    built.connect(options, callback);
  };
}

const through = ({ proxy }: RestConfig, connect: buildConnector.connector): buildConnector.connector =>
  proxy ? tunnel({ proxy, connect, timeoutMs }) : connect;

function build({ ca, cert, key, serverName, insecure }: TlsConfig, withPair: boolean): buildConnector.connector {
  const pair = withPair && cert !== undefined && key !== undefined ? { cert, key } : {};
  return buildConnector({
    allowH2: false,
    timeout: timeoutMs,
    keepAliveInitialDelay: 30_000,
    rejectUnauthorized: !insecure,
    // One for all connections: otherwise each of them parses and keeps the authorities for itself.
    secureContext: createSecureContext({ ...(ca === undefined ? {} : { ca }), ...pair }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
}
