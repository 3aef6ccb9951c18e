import { isIP, Socket } from 'node:net';
import { type buildConnector, Client } from 'undici';
import { HttpFailure } from './failure.ts';
import { type Endpoint, type HttpProxy, portOf } from './proxy.ts';

export interface TunnelOptions {
  readonly proxy: Pick<HttpProxy, 'origin' | 'authorization'>;
  /** Speaks TLS with the target, inside the tunnel. */
  readonly connect: buildConnector.connector;
  /** Milliseconds that the proxy has to connect. */
  readonly timeoutMs: number;
}

/**
 * Connects by HTTP CONNECT through a proxy, plain http too: the proxy learns the name and port of the target, and is sent
 * nothing else. A connector, and not undici's ProxyAgent, so that pools, deadlines and changing certificates stay as they are.
 */
export function tunnel({ connect, ...options }: TunnelOptions): buildConnector.connector {
  return (target, callback) => {
    open(target, options).then(
      socket => {
        if (target.protocol === 'https:') connect({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      error => callback(error instanceof HttpFailure ? error : proxyFailure('unreachable'), null),
    );
  };
}

async function open(target: Endpoint, { proxy, timeoutMs }: Omit<TunnelOptions, 'connect'>): Promise<Socket> {
  const authority = `${isIP(target.hostname) === 6 ? `[${target.hostname}]` : target.hostname}:${portOf(target)}`;
  const client = new Client(proxy.origin, {
    allowH2: false,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
  });
  try {
    const { socket, statusCode } = await client.connect({ path: authority, headers: headersOf(authority, proxy) });
    if (statusCode === 200 && socket instanceof Socket) return socket;
    socket.destroy();
    throw proxyFailure(statusCode === 407 ? 'login' : 'refused');
  } finally {
    void client.close();
  }
}

const headersOf = (
  host: string,
  { authorization }: Pick<HttpProxy, 'authorization'>,
): Readonly<Record<string, string>> => ({
  host,
  ...(authorization && { 'proxy-authorization': authorization.revealText() ?? '' }),
});

const proxyFailure = (why: 'unreachable' | 'login' | 'refused'): HttpFailure => new HttpFailure({ kind: 'proxy', why });
