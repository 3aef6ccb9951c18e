import { type IncomingMessage, Agent as PlainAgent, request as plain, type ServerResponse } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import type { RawRequest } from './call.ts';
import type { Recorded } from './rules.ts';

/** The server behind the proxy. */
export interface Upstream {
  /** Resolves at the headers; throws when there are none. */
  open(request: Incoming): Promise<IncomingMessage>;
  close(): void;
}

export interface UpstreamPlace {
  readonly address: string;
  /** PEM; undefined for plain http. */
  readonly ca?: string | undefined;
}

export type Incoming = RawRequest & { readonly headers: NodeJS.Dict<string | string[]> };

export function openUpstream({ address, ca }: UpstreamPlace): Upstream {
  const secured = address.startsWith('https:');
  const settings = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const agent = secured ? new SecureAgent({ ...settings, ca }) : new PlainAgent(settings);
  const send = secured ? secure : plain;
  return {
    open: ({ method, url, headers, body }) =>
      new Promise((resolve, reject) => {
        const options = { agent, method, headers: { ...headers, host: new URL(address).host } };
        send(`${address}${url}`, options, resolve).once('error', reject).end(body);
      }),
    close: () => agent.destroy(),
  };
}

export async function rawOf(incoming: IncomingMessage): Promise<Incoming> {
  const { method = '', url = '', headers } = incoming;
  return { method, url, headers, userAgent: headers['user-agent'] ?? '', body: await bytesOf(incoming) };
}

/** Between proxy and client the length is known, whatever it was before. */
export async function recordedOf(answer: IncomingMessage): Promise<Recorded> {
  const body = await bytesOf(answer);
  const { 'transfer-encoding': _, connection: __, ...headers } = answer.headers;
  const kept = Object.entries({ ...headers, 'content-length': `${body.length}` });
  return {
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, [value ?? []].flat().join(', ')])),
    body,
  };
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A body that never ends, as fast as it is read. */
export function pour(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (!response.destroyed && response.write(filler));
  };
  response.on('drain', more);
  response.write('{"data":{"data":{"password":"');
  more();
}
const filler = 'x'.repeat(64 * 1024);
