import { readFile } from 'node:fs/promises';
import { Client, Pool } from 'undici';
import { parse } from 'yaml';
import * as z from 'zod';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { together } from './pace.ts';

/**
 * The bare pooled client: what the API server can do when nothing stands before it. It also plays the users of the
 * bench, so it must be cheap: it throws answers away unread, for its CPU time is the operator's.
 */
export interface BareClient {
  post(path: string, body: object): Promise<void>;
  put(path: string, body: object): Promise<void>;
  /** JSON merge patch. */
  patch(path: string, body: object): Promise<void>;
  /** Of an object or of all in a collection. */
  remove(path: string): Promise<void>;
  /** `metadata`: without spec, data and status. */
  get(path: string, accept?: Accept): Promise<unknown>;
  /** A connection of its own, for a watch. */
  connect(): Client;
  close(): Promise<void>;
}

export type Accept = 'whole' | 'metadata';
export const acceptOf = (accept: Accept): string =>
  accept === 'whole'
    ? 'application/json'
    : 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';
export const acceptListOf = (accept: Accept): string =>
  acceptOf(accept).replace('as=PartialObjectMetadata;', 'as=PartialObjectMetadataList;');

export async function connectAsAdmin(controlPlane: ControlPlaneAccess): Promise<BareClient> {
  const connect = await adminTls(controlPlane);
  const pool = new Pool(controlPlane.server, { connections: together, connect });
  const send = async (method: Method, path: string, body?: object, type = 'application/json') => {
    const payload = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type } };
    const answer = await pool.request({ method, path, ...payload });
    if (answer.statusCode < 300) return void (await answer.body.dump());
    throw new Error(`${method} ${path} was answered with ${answer.statusCode}: ${await answer.body.text()}`);
  };
  return {
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    patch: (path, body) => send('PATCH', path, body, 'application/merge-patch+json'),
    remove: path => send('DELETE', path),
    get: async (path, accept = 'whole') => {
      const answer = await pool.request({ method: 'GET', path, headers: { accept: acceptListOf(accept) } });
      return answer.body.json();
    },
    connect: () => new Client(controlPlane.server, { connect, bodyTimeout: 0 }),
    close: () => pool.destroy(),
  };
}

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

async function adminTls({ ca, adminKubeconfig }: ControlPlaneAccess) {
  const { user } = AdminUser.parse(parse(await readFile(adminKubeconfig, 'utf8'))).users[0];
  const [cert, key] = await Promise.all([readFile(user['client-certificate']), readFile(user['client-key'])]);
  return { ca, cert, key };
}

const AdminUser = z.object({
  users: z.tuple([z.object({ user: z.object({ 'client-certificate': z.string(), 'client-key': z.string() }) })]),
});
