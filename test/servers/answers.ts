import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';

/** What a server can do to its client. Not a pretend Vault: only how an answer arrives, or does not. */
export type Answer =
  | {
      readonly kind: 'reply';
      readonly status?: number;
      readonly headers?: Headers;
      readonly body?: string | Uint8Array;
    }
  /** Promises the whole body, sends half of it and breaks the connection. */
  | { readonly kind: 'half'; readonly body: string }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Sends the headers and nothing more. */
  | { readonly kind: 'stall' }
  /** Breaks the connection without an answer. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** A small gzip body that unfolds to so many zero bytes. */
  | { readonly kind: 'bomb'; readonly bytes: number }
  /** One byte at a time. */
  | { readonly kind: 'drip'; readonly body: string; readonly everyMs: number };

export type Headers = Readonly<Record<string, string>>;

/** The answer most often wanted. */
export const json = (body: unknown, status = 200, headers: Headers = {}): Answer => ({
  kind: 'reply',
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export function deliver(answer: Answer, response: ServerResponse): void {
  switch (answer.kind) {
    case 'reply':
      response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
      return;
    case 'half':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer.body) });
      response.write(answer.body.slice(0, answer.body.length / 2), () => response.destroy());
      return;
    case 'hang':
      return;
    case 'stall':
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'redirect':
      response.writeHead(answer.status ?? 307, { location: answer.to }).end();
      return;
    case 'bomb':
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      explode(answer.bytes, response);
      return;
    case 'drip':
      response.writeHead(200, { 'content-type': 'application/json' });
      drip(Buffer.from(answer.body), answer.everyMs, response);
      return;
    default:
      answer satisfies never;
  }
}

/** The client is free to hang up in the middle. */
function explode(bytes: number, response: ServerResponse): void {
  pipeline(Readable.from(zeros(bytes)), createGzip(), response).catch(() => response.destroy());
}

function* zeros(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

function drip(body: Buffer, everyMs: number, response: ServerResponse): void {
  pipeline(Readable.from(drops(body, everyMs)), response).catch(() => response.destroy());
}

async function* drops(body: Buffer, everyMs: number): AsyncGenerator<Buffer> {
  for (let index = 0; index < body.length; index++) {
    yield body.subarray(index, index + 1);
    await sleep(everyMs);
  }
}
