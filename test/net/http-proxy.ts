import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy that really connects, and remembers what it was asked. Names that end in `.example.com` are on this machine. */
export interface HttpProxyServer {
  readonly url: string;
  /** Each `HOST:PORT` that it was asked for. */
  readonly asked: readonly string[];
  readonly logins: readonly (string | undefined)[];
  close(): Promise<void>;
}

export interface ProxyBehaviour {
  /** The status to refuse with; undefined connects, `hang` never answers. */
  readonly refuse?: number | 'hang';
}

export async function startHttpProxy({ refuse }: ProxyBehaviour = {}): Promise<HttpProxyServer> {
  const asked: string[] = [];
  const logins: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy());
  };
  const server = createServer();
  server.on('connection', keep);
  server.on('connect', (request, client: Socket) => {
    const authority = request.url ?? '';
    asked.push(authority);
    logins.push(request.headers['proxy-authorization']);
    if (refuse === 'hang') return;
    if (refuse !== undefined) return void client.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
    const { hostname, port } = new URL(`tcp://${authority}`);
    const target = keep(connect(Number(port), hostname.endsWith('.example.com') ? '127.0.0.1' : hostname));
    target.on('connect', () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    target.on('error', () => client.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    logins,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
