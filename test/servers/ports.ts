import { connect, createServer } from 'node:net';

/**
 * Below the kernel's ephemeral range (32768 and up), because a port of that range can be taken by any outgoing
 * connection between this check and the server's bind, or while a server is down and about to be started again.
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!handedOut.has(port) && (await canBind(port, host))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free port between 20000 and 32000 on ${host}`);
}
const handedOut = new Set<number>();

async function canBind(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

export async function accepts(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, host);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true)).once('error', () => finish(false));
  });
}
