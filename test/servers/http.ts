import { request as plain } from 'node:http';
import { request as secure } from 'node:https';

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM: what the server's certificate is checked against, and who we are. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A connection of its own for each request, so that a server which was stopped in between surprises nobody. */
export async function httpRequest(url: string, { body, ...options }: HttpRequest = {}): Promise<HttpResponse> {
  const send = url.startsWith('https:') ? secure : plain;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { agent: false, timeout: 10_000, ...options }, incoming => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject);
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`${url} did not answer within 10 s`)));
    outgoing.once('error', reject).end(body);
  });
}

/** For readiness: false while nobody listens, and while the server says that it is not ready. */
export async function answersOk(url: string, options: HttpRequest = {}): Promise<boolean> {
  return httpRequest(url, options).then(
    response => response.status === 200,
    () => false,
  );
}
