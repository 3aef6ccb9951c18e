import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/core/clock.ts';
import { type ApiConnections, createConnections } from '../../src/kube/connections.ts';
import { createRestConfig, type RestConfig } from '../../src/kube/credentials.ts';

/** What the server is told to do with the next request. */
export type Script = (request: Received, response: ServerResponse) => void | Promise<void>;

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that plays one script a request, the last one again and again, and remembers what it was asked. */
export interface StandIn extends AsyncDisposable {
  readonly login: RestConfig;
  readonly received: readonly Received[];
  readonly transport: ApiConnections;
  play(...scripts: readonly Script[]): void;
  /** How often credentials were read again because the API server refused them. */
  readonly renewals: number;
}

export async function standIn(...scripts: readonly Script[]): Promise<StandIn> {
  const received: Received[] = [];
  let queue = [...scripts];
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: await text(incoming) };
    received.push(request);
    const script = queue.length > 1 ? queue.shift() : queue[0];
    await script?.(request, response);
  });
  const port = await listen(server);
  let renewals = 0;
  const login = loginTo(port, () => ++renewals);
  const transport = createConnections(login, { userAgent: 'shearline/test', connections: 40, onCall: () => undefined });
  return {
    login,
    received,
    transport,
    play: (...next) => {
      queue = [...next];
    },
    get renewals() {
      return renewals;
    },
    [Symbol.asyncDispose]: async () => {
      await transport.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function loginTo(port: number, renewed: () => number): RestConfig {
  const at = (turn: number) => ({ tls: { insecure: false }, headers: { authorization: `Bearer token-${turn}` } });
  const login = createRestConfig({ server: `http://127.0.0.1:${port}` }, at(0), async () => at(0), systemClock);
  let current = at(0).headers;
  return {
    ...login,
    headers: async () => current,
    renew: async () => {
      current = at(renewed()).headers;
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the stand-in has no port');
  return address.port;
}

export const answer =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Script =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** Takes the request, does what it says, and breaks the connection instead of answering. */
export const reset: Script = (_request, response) => void response.socket?.destroy();

export const silence: Script = () => {};

/** A watch that sends these lines and ends in the given way. */
export const stream =
  (lines: readonly unknown[], end: 'end' | 'reset' | 'hold' = 'end'): Script =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(lines.map(line => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join(''), () => {
      if (end === 'end') response.end();
      if (end === 'reset') response.socket?.destroy();
    });
  };
