import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificate } from '../servers/certificates.ts';
import { freePort } from '../servers/ports.ts';

export interface TlsServer {
  readonly address: string;
  /** Another certificate, for connections to come; those that are open end. */
  show(certificate: Certificate): void;
  stop(): Promise<void>;
}

export type Serve = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;

/** On a loopback port of its own. A request that cannot be served ends with its connection. */
export async function startTlsServer({ certificate, key }: Certificate, serve: Serve): Promise<TlsServer> {
  const server = createServer({ cert: certificate, key }, (incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  const sockets = new Set<Socket>();
  server.on('secureConnection', socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  const port = await freePort();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    address: `https://127.0.0.1:${port}`,
    show: next => {
      server.setSecureContext({ cert: next.certificate, key: next.key });
      hangUp();
    },
    stop: async () => {
      hangUp();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
