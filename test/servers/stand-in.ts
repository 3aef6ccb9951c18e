import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { Socket } from 'node:net';
import { type Answer, deliver } from './answers.ts';
import type { Certificate } from './certificates.ts';
import { freePort } from './ports.ts';

export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export type Handler = (request: RecordedRequest, count: number) => Answer | Promise<Answer>;

export interface StandIn {
  readonly address: string;
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  openConnections(): number;
  answerWith(handler: Handler): void;
  stop(): Promise<void>;
}

export interface StandInOptions {
  readonly tls?: Certificate;
}

export async function startStandIn(handler: Handler, { tls }: StandInOptions = {}): Promise<StandIn> {
  let current = handler;
  const requests: RecordedRequest[] = [];
  const respond = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await record(incoming);
    requests.push(request);
    deliver(await current(request, requests.length), response);
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    respond(incoming, response).catch(() => response.destroy());
  };
  const server = tls ? createSecure({ cert: tls.certificate, key: tls.key }, listener) : createPlain(listener);
  const sockets = trackSockets(server);
  const port = await freePort();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise(resolve => server.close(resolve));
  };
  const address = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const answerWith = (next: Handler) => {
    current = next;
  };
  return { address, port, requests, openConnections: () => sockets.size, answerWith, stop };
}

function trackSockets(server: {
  on(event: 'connection', listener: (socket: Socket) => void): unknown;
}): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

async function record(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const { method = '', url = '', headers } = incoming;
  return { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
}
