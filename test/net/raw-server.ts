import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A server that writes exactly the bytes it is told to: well-behaved HTTP libraries refuse to misbehave. */
export interface RawServer {
  readonly port: number;
  /** The heads of the requests so far. */
  readonly requests: readonly string[];
  /** Connections accepted so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export type Reply = (socket: Socket, request: string) => void;

export async function startRawServer(
  reply: Reply,
  tls?: { readonly certificate: string; readonly key: string },
  greeting = '',
): Promise<RawServer> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    socket.write(greeting);
    let pending = '';
    socket.on('error', () => {});
    socket.on('data', chunk => {
      pending += chunk.toString('latin1');
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = pending;
      pending = '';
      requests.push(request);
      reply(socket, request);
    });
  };
  const server = tls
    ? createTlsServer({ cert: tls.certificate, key: tls.key }, onConnection)
    : createTcpServer(onConnection);
  server.on('tlsClientError', () => {});
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: addressOf(server.address()).port,
    requests,
    connections: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export function answer(status: number, headers: readonly string[], body: string): string {
  const all = [`HTTP/1.1 ${status} Said`, ...headers, `content-length: ${Buffer.byteLength(body)}`];
  return `${all.join('\r\n')}\r\n\r\n${body}`;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address;
}
