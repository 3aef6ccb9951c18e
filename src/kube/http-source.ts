import { ConcurrencyLimit } from '../async/concurrency-limit.ts';
import type { Clock } from '../core/clock.ts';
import { fieldOf, listOf, textOf } from '../core/untyped.ts';
import type { Informer, MetadataObject, Resource } from './api.ts';
import { collectionPath } from './client.ts';
import type { DedicatedConnection } from './connections.ts';
import type { Answer } from './http.ts';
import { createInformer, type InformerError } from './informer.ts';
import { blockedBy, type ListAnswer, type ListerWatcher, listWatchTiming } from './list-watch.ts';
import { type WatchTiming, watch, watchTiming } from './watch-stream.ts';

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

/** Lists and watches over a connection of its own. `pages`: how many are read at a time, of all that share it. */
export function httpListerWatcher(
  channel: DedicatedConnection,
  selection: Selection,
  timing: WatchTiming,
  random: () => number,
  pages: ConcurrencyLimit = new ConcurrencyLimit(1),
): ListerWatcher {
  const { resource, namespace = '', metadataOnly = false } = selection;
  const path = collectionPath(resource, namespace) ?? '';
  const selected = selectorsOf(selection);
  const size = new PageSize();
  const page = (next: string | undefined, signal: AbortSignal): Promise<Answer> => {
    const query = new URLSearchParams({ ...selected, limit: `${size.objects}`, ...(next ? { continue: next } : {}) });
    const accept = metadataOnly ? metadata('PartialObjectMetadataList') : 'application/json';
    const { maxBytes } = size;
    const request = { method: 'GET', path: `${path}?${query}`, accept, ...(maxBytes ? { maxBytes } : {}) } as const;
    return pages.run(() => channel.call(request, { signal, deadlineMs: listDeadlineMs }));
  };
  return {
    list: async (next, signal) => {
      let answer = await page(next, signal);
      while (answer.kind === 'no-response' && answer.tooLarge) {
        size.shrink();
        answer = await page(next, signal);
      }
      if (answer.kind === 'answered') size.grow(answer.bytes ?? 0);
      return listAnswerOf(answer);
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

/** An informer of one resource, on a connection that it has for itself, with the timing that is used in earnest. */
export function informerOf<T extends MetadataObject>(
  channel: DedicatedConnection,
  selection: Selection,
  parse: (raw: unknown, before: T | undefined) => T | undefined,
  ports: {
    readonly clock: Clock;
    readonly random: () => number;
    /** Shared by informers that start together; default: no limit. */
    readonly pages?: ConcurrencyLimit;
    readonly report: (trouble: InformerError, bug?: unknown) => void;
  },
): Informer<T> {
  const source = httpListerWatcher(channel, selection, watchTiming, ports.random, ports.pages);
  return createInformer({ ...ports, source, timing: listWatchTiming, parse });
}

/** Objects of one page: answers of a few hundred kilobytes, parsed in a few milliseconds. */
const mostObjects = 500;
/** Bytes of one page: parsed, it takes some five times as much. */
const mostBytes = 4 * 1024 * 1024;

/** How many objects the next page has: fewer when tenants make large ones, down to one, which is read whatever it is. */
class PageSize {
  #objects = mostObjects;

  get objects(): number {
    return this.#objects;
  }

  /** Absent: no page could be shorter. */
  get maxBytes(): number | undefined {
    return this.#objects > 1 ? mostBytes : undefined;
  }

  /** After a page that was too large. */
  shrink(): void {
    this.#objects = Math.ceil(this.#objects / 2);
  }

  /** After one that was not: twice as many are asked for when they may be expected to fit. */
  grow(bytes: number): void {
    if (bytes < mostBytes / 3) this.#objects = Math.min(mostObjects, this.#objects * 2);
  }
}

/** Reads one page of a list. */
export function listAnswerOf(answer: Answer): ListAnswer {
  if (answer.kind === 'no-response') return { kind: 'failed' };
  if (answer.status === 410) return { kind: 'expired' };
  if (answer.status >= 300) {
    const { status, retryAfterMs } = answer;
    return { kind: 'failed', ...blockedBy(status), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const metadata = fieldOf(answer.body, 'metadata');
  const resourceVersion = textOf(fieldOf(metadata, 'resourceVersion'));
  const next = textOf(fieldOf(metadata, 'continue'));
  if (resourceVersion === undefined) return { kind: 'failed' };
  return { kind: 'page', items: listOf(fieldOf(answer.body, 'items')), resourceVersion, ...(next ? { next } : {}) };
}
