import { Backoff, type BackoffSteps } from '../async/backoff.ts';
import { pause } from '../async/deadline.ts';
import type { Clock } from '../core/clock.ts';

/** Where lists and watches of one resource come from. Neither ever throws. */
export interface ListerWatcher {
  list(next: string | undefined, signal: AbortSignal): Promise<ListAnswer>;
  watch(resourceVersion: string, sink: WatchSink, signal: AbortSignal): Promise<WatchEnd>;
}

/** Where the events of a watch go. */
export interface WatchSink {
  event(event: WatchEvent): void;
  /** Whether a write of our own made this version, so that its event is no news. */
  isOwn(resourceVersion: string): boolean;
}

export type ListAnswer =
  | {
      readonly kind: 'page';
      readonly items: readonly unknown[];
      readonly resourceVersion: string;
      readonly next?: string;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'failed'; readonly why?: Blocked; readonly retryAfterMs?: number };

/** What somebody has to change before it can go on: RBAC lacks a rule, or there is no such resource (its CRD is missing). */
export type Blocked = 'forbidden' | 'not-served';

/** Whether a status says so. */
export const blockedBy = (status: number): { readonly why?: Blocked } =>
  status === 403 ? { why: 'forbidden' } : status === 404 ? { why: 'not-served' } : {};

export type WatchEvent =
  | { readonly kind: 'put' | 'gone' | 'bookmark'; readonly object: unknown }
  /** Half of all events under load only repeat the answers to writes of our own: those are not even parsed. */
  | { readonly kind: 'own'; readonly resourceVersion: string };

/** `cut`: it ended, as every watch does, and can go on where it was. `healthy`: it brought an event, or lasted for `healthyMs`. */
export type WatchEnd =
  | { readonly kind: 'cut'; readonly healthy: boolean }
  | { readonly kind: 'expired' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'failed'; readonly why?: Blocked; readonly retryAfterMs?: number };

/** Where they go. */
export interface ListWatchSink extends WatchSink {
  /** The newest version seen: a watch goes on from here. */
  position(): string;
  /** A list begins. False when it is older than what was seen before, and `acceptOlder` is false. */
  begin(resourceVersion: string, acceptOlder: boolean): boolean;
  page(items: readonly unknown[]): void;
  complete(): void;
}

export interface ListWatchOptions {
  readonly source: ListerWatcher;
  readonly sink: ListWatchSink;
  readonly timing: ListWatchTiming;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: (trouble: ListWatchError) => void;
}

export type ListWatchError = `${'list' | 'watch'}-${'failed' | 'expired' | Blocked}` | 'list-stale' | 'watch-stalled';

export interface ListWatchTiming {
  readonly retry: BackoffSteps;
  /** Milliseconds between lists although nothing is wrong: it heals an event that was lost on the way. */
  readonly relistMs: number;
}

export const listWatchTiming: ListWatchTiming = { retry: { firstMs: 200, capMs: 10_000 }, relistMs: 900_000 };

/** So many lists in a row that are too old: the cluster was restored from a backup, and this is how it is now. */
const staleListsUntilAccepted = 10;
/** After so many failed watches a list is taken, for it may be the version that cannot be watched from. */
const failuresPerList = 5;

/** Lists, then watches, for as long as the signal lasts. Whatever goes wrong ends in another try. */
export async function listAndWatch(options: ListWatchOptions, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff(options.timing.retry, options.random);
  let staleLists = 0;
  while (!signal.aborted) {
    const end = await listAll(options, staleLists >= staleListsUntilAccepted, signal);
    staleLists = end.kind === 'stale' ? staleLists + 1 : 0;
    if (end.kind === 'complete') await watchUntilList(options, backoff, signal);
    else await waitAfter(options, backoff, `list-${causeOf(end)}`, end, signal);
  }
}

type ListOutcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'stale' }
  | Exclude<ListAnswer, { readonly kind: 'page' }>;

async function listAll(
  { source, sink }: ListWatchOptions,
  acceptOlder: boolean,
  signal: AbortSignal,
): Promise<ListOutcome> {
  let next: string | undefined;
  do {
    const page = await source.list(next, signal);
    if (page.kind !== 'page') return page;
    if (next === undefined && !sink.begin(page.resourceVersion, acceptOlder)) return { kind: 'stale' };
    sink.page(page.items);
    next = page.next;
  } while (next !== undefined);
  sink.complete();
  return { kind: 'complete' };
}

/** Watches until only a list can help. The API server ends watches early under load: then it goes on at once. */
async function watchUntilList(options: ListWatchOptions, backoff: Backoff, signal: AbortSignal): Promise<void> {
  const { source, sink, clock, timing } = options;
  const relistAt = clock.steady() + timing.relistMs * (1 + options.random() / 10);
  while (!signal.aborted && clock.steady() < relistAt) {
    const end = await source.watch(sink.position(), sink, signal);
    if (end.kind === 'cut' && end.healthy) backoff.reset();
    else await waitAfter(options, backoff, end.kind === 'cut' ? 'watch-failed' : `watch-${causeOf(end)}`, end, signal);
    if (end.kind === 'expired' || (backoff.failures > 0 && backoff.failures % failuresPerList === 0)) return;
  }
}

const causeOf = <K extends string>({ kind, why }: { readonly kind: K; readonly why?: Blocked }): K | Blocked =>
  why ?? kind;

/** The first expiry needs no wait: it is no sign of trouble. */
async function waitAfter(
  options: ListWatchOptions,
  backoff: Backoff,
  trouble: ListWatchError,
  end: { readonly kind: string; readonly retryAfterMs?: number },
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  options.report(trouble);
  const wait = backoff.next();
  if (end.kind === 'expired' && backoff.failures === 1) return;
  await pause(Math.max(wait, end.retryAfterMs ?? 0), signal);
}
