import { afterEach } from '@jest/globals';
import type { HttpCall } from '../../src/net/http.ts';
import type { ProviderTransport, TransportOptions } from '../../src/net/transport.ts';
import { createProviderTransport } from '../../src/net/transport.ts';
import type { RawServer, Reply } from './raw-server.ts';
import { startRawServer } from './raw-server.ts';

export const canary = 'CANARY-7f3a';
export const open = { namespaced: false, allowInsecure: true, allow: [], deny: [] };
export const never = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of opened.splice(0)) await part.close();
});

/** Closes it after the test. */
export function untilClosed<T extends { close(): Promise<void> }>(part: T): T {
  opened.push(part);
  return part;
}

/** Closed after the test. */
export function transport(options: Partial<TransportOptions> = {}): ProviderTransport {
  return untilClosed(createProviderTransport({ egress: open, ...options }));
}

/** Closed after the test. */
export async function server(reply: Reply): Promise<RawServer> {
  return untilClosed(await startRawServer(reply));
}

export const get = (port: number, path = '/v1/x'): HttpCall => ({
  method: 'GET',
  url: `http://127.0.0.1:${port}${path}`,
  headers: { 'X-Vault-Token': canary },
});
