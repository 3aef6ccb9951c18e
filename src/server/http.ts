import { createServer, type Server } from 'node:http';
import type { Address } from '../config.ts';

export interface Page {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

/** Answers GET on a fixed set of paths; everything else is 404. Resolves when it listens. */
export async function serve(
  address: Address,
  pages: Readonly<Record<string, () => Page | Promise<Page>>>,
): Promise<{ close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const page =
      request.method === 'GET' ? pages[URL.parse(request.url ?? '', 'http://host')?.pathname ?? ''] : undefined;
    const { status, type = 'text/plain; charset=utf-8', body } = page === undefined ? notFound : await page();
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  server.requestTimeout = 10_000;
  await listening(server, address);
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const notFound: Page = { status: 404, body: 'not found\n' };

const listening = (server: Server, { host, port }: Address): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
