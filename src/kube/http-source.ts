import type { FeedSource } from './feed.ts';
import { listAnswerOf, pageSize } from './list.ts';
import type { Resource } from './port.ts';
import { collectionPath } from './resource-path.ts';
import type { Channel } from './transport.ts';
import { type WatchTiming, watch } from './watch.ts';

/** What is listed and watched. */
export interface Selection {
  readonly resource: Resource;
  /** Absent: the whole cluster. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only metadata is asked for: the API server leaves the rest out, so that it never reaches this process. */
  readonly metadataOnly?: boolean;
}

const metadata = (kind: string): string => `application/json;as=${kind};g=meta.k8s.io;v=v1`;
const listDeadlineMs = 60_000;

/** Lists and watches over a connection of its own. */
export function httpSource(
  channel: Channel,
  selection: Selection,
  timing: WatchTiming,
  random: () => number,
): FeedSource {
  const { resource, namespace = '', metadataOnly = false } = selection;
  const path = collectionPath(resource, namespace) ?? '';
  const selected = selectorsOf(selection);
  return {
    list: async (next, signal) => {
      const query = new URLSearchParams({ ...selected, limit: `${pageSize}`, ...(next ? { continue: next } : {}) });
      const accept = metadataOnly ? metadata('PartialObjectMetadataList') : 'application/json';
      const options = { signal, deadlineMs: listDeadlineMs };
      return listAnswerOf(await channel.call({ method: 'GET', path: `${path}?${query}`, accept }, options));
    },
    watch: async (resourceVersion, sink, signal) => {
      // Spread, so that the watches of a restarted API server do not all end in the same second for ever after.
      const timeoutSeconds = `${Math.round(timing.lengthSeconds * (1 + random() / 5))}`;
      const asked = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds };
      const query = new URLSearchParams({ ...selected, ...asked });
      const accept = metadataOnly ? metadata('PartialObjectMetadata') : 'application/json';
      return watch(channel, { method: 'GET', path: `${path}?${query}`, accept }, sink, timing, signal);
    },
  };
}

const selectorsOf = ({ labelSelector, fieldSelector }: Selection): Record<string, string> => ({
  ...(labelSelector === undefined ? {} : { labelSelector }),
  ...(fieldSelector === undefined ? {} : { fieldSelector }),
});
