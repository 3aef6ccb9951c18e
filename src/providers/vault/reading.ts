import type { ReadRequest } from '../provider.ts';
import type { Checks } from './checks.ts';
import type { Reply } from './client.ts';
import { encodePath, policyPath } from './keys.ts';
import type { Store } from './store.ts';

/** One read under way. Key and version were checked before anything was sent. */
export interface Reading {
  readonly store: Store;
  readonly checks: Checks;
  readonly request: ReadRequest;
  readonly signal: AbortSignal;
}

/** The version that is asked for; absent: the newest. */
export function getVersion({ store: { spec, client }, request, signal }: Reading, version?: string): Promise<Reply> {
  const query = version === undefined ? '' : `?version=${version}`;
  return client.get(`${encodePath(policyPath(spec, request.key))}${query}`, signal);
}

/** How messages name the store of a read. */
export const nameOf = ({ store }: Reading): string => store.name;
