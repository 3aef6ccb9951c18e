import type { IncomingHttpHeaders, Server } from 'node:http';

/** Not imported: an ES module's import asks `node:http` for all it exports, and some of that loads Node's own fetch (2 MB). */
const { createServer } = process.getBuiltinModule('node:http');

/** Where a server listens; port 0 is any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Page {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

/** Makes a page for a request of these headers. */
export type MakePage = (headers: IncomingHttpHeaders) => Page | Promise<Page>;

/**
 * More connections than Prometheus, probes and a curious person need: one above is closed at once. Who holds one and asks
 * nothing for that many milliseconds loses it, so that strangers cannot keep the probes out until the pod is restarted.
 */
const usual = { connections: 64, requestMs: 5_000 };

/** Answers GET on a fixed set of paths; everything else is 404. Resolves when it listens. */
export async function serve(
  address: Address,
  pages: Readonly<Record<string, MakePage>>,
  { connections, requestMs } = usual,
): Promise<{ close(): Promise<void> }> {
  const timing = { requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: requestMs / 2 };
  const server = createServer(timing, async (request, response) => {
    const page =
      request.method === 'GET' ? pages[URL.parse(request.url ?? '', 'http://host')?.pathname ?? ''] : undefined;
    const {
      status,
      type = 'text/plain; charset=utf-8',
      body,
    } = page === undefined ? notFound : await made(page, request.headers);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  server.maxConnections = connections;
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
const broken: Page = { status: 500, body: 'this page has a bug\n' };

/** A bug in a page must not end the process. */
async function made(page: MakePage, headers: IncomingHttpHeaders): Promise<Page> {
  try {
    return await page(headers);
  } catch {
    return broken;
  }
}

const listening = (server: Server, { host, port }: Address): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
