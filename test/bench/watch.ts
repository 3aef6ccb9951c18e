import type { Client } from 'undici';
import * as z from 'zod';
import { annotations } from '../../src/api/annotations.ts';
import { lines } from '../../src/kube/watch-stream.ts';
import { type Accept, acceptOf, type BareClient } from './client.ts';

/** What the bench looks at in an object. */
export const Seen = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    resourceVersion: z.string(),
    generation: z.number().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      rotation: z.object({ lastSucceeded: z.string().optional() }).optional(),
    })
    .optional(),
});
export type Seen = z.infer<typeof Seen>;

const WatchEvent = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']), object: z.unknown() });
const List = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(Seen).nullable() });

export const isSynced = ({ metadata, status }: Seen): boolean =>
  status?.observedGeneration === metadata.generation &&
  status?.conditions.some(({ type, status: value }) => type === 'Synced' && value === 'True') === true;
export const isRotated = ({ status }: Seen, token: string): boolean => status?.rotation?.lastSucceeded === token;
export const isTargetOf = ({ metadata }: Seen, token: string): boolean =>
  metadata.annotations?.[annotations.rotatedFor] === token;

export interface Watch extends AsyncDisposable {
  /** One handler, called with each object that was added or modified since. */
  onObject(handler: (object: Seen) => void): void;
}

/** Follows a collection from now on. The API server ends watches under load: then it goes on where it was. */
export async function watchFromNow(client: BareClient, path: string, accept: Accept = 'whole'): Promise<Watch> {
  const place = { path: `${path}${path.includes('?') ? '&' : '?'}`, accept };
  const first = List.parse(await client.get(`${place.path}limit=1`, 'metadata'));
  const state: State = { position: first.metadata.resourceVersion, handler: () => undefined, ended: false };
  const connection = client.connect();
  // What cannot be fixed ends the bench, as a rejection that nobody handles: nothing would ever arrive.
  const following = follow(connection, place, state);
  return {
    onObject: handler => {
      state.handler = handler;
    },
    [Symbol.asyncDispose]: async () => {
      state.ended = true;
      await connection.destroy();
      await following;
    },
  };
}

export async function listAll(client: BareClient, path: string, accept: Accept = 'metadata'): Promise<readonly Seen[]> {
  return List.parse(await client.get(path, accept)).items ?? [];
}

interface State {
  position: string;
  handler: (object: Seen) => void;
  ended: boolean;
}

async function follow(connection: Client, place: { path: string; accept: Accept }, state: State): Promise<void> {
  while (!state.ended) await watchOnce(connection, place, state).catch(unlessEnded(state));
}

const unlessEnded = (state: State) => (problem: unknown) => {
  // A connection that was cut is opened again; anything that was said, such as 410, is the end of the bench.
  if (!state.ended && !(problem instanceof Error && 'code' in problem)) throw problem;
};

const longestLine = 4 * 1024 * 1024;

async function watchOnce(connection: Client, { path, accept }: { path: string; accept: Accept }, state: State) {
  const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${state.position}`;
  const { statusCode, body } = await connection.request({
    method: 'GET',
    path: `${path}${query}`,
    headers: { accept: acceptOf(accept) },
  });
  if (statusCode !== 200) throw new Error(`the watch of ${path} was answered with ${statusCode}`);
  for await (const some of lines(body, longestLine)) {
    if (some === undefined) throw new Error('a line of a watch is too long');
    for (const line of some) handOn(line, state);
  }
}

function handOn(line: Buffer, state: State): void {
  const { type, object } = WatchEvent.parse(JSON.parse(line.toString()));
  const { metadata } = z.object({ metadata: z.object({ resourceVersion: z.string() }) }).parse(object);
  state.position = metadata.resourceVersion;
  if (type === 'ADDED' || type === 'MODIFIED') state.handler(Seen.parse(object));
}
