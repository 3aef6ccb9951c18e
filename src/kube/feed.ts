import type { Clock } from '../core/clock.ts';
import { Ladder, type LadderSteps } from './ladder.ts';
import { pause } from './waiting.ts';

/** Where lists and watches of one resource come from. Neither ever throws. */
export interface FeedSource {
  list(next: string | undefined, signal: AbortSignal): Promise<ListAnswer>;
  watch(resourceVersion: string, sink: WatchSink, signal: AbortSignal): Promise<WatchEnd>;
}

/** Where the events of a watch go. */
export interface WatchSink {
  event(event: WatchEvent): void;
  /** Whether a write of our own made this version, so that its event tells nothing new. */
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
  | { readonly kind: 'failed'; readonly why?: Closed; readonly retryAfterMs?: number };

/** What somebody has to change before it can go on: RBAC lacks a rule, or there is no such resource (its CRD is missing). */
export type Closed = 'forbidden' | 'not-served';

/** Whether a status says so. */
export const closedBy = (status: number): { readonly why?: Closed } =>
  status === 403 ? { why: 'forbidden' } : status === 404 ? { why: 'not-served' } : {};

export type WatchEvent =
  | { readonly kind: 'put' | 'gone' | 'bookmark'; readonly object: unknown }
  /** Half of all events under load only repeat the answers to writes of our own: those are not even parsed. */
  | { readonly kind: 'own'; readonly resourceVersion: string };

/** `cut`: it ended, as every watch does, and can go on where it was. `calm`: it had brought something, or had lasted. */
export type WatchEnd =
  | { readonly kind: 'cut'; readonly calm: boolean }
  | { readonly kind: 'expired' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'failed'; readonly why?: Closed; readonly retryAfterMs?: number };

/** Where they go. */
export interface FeedSink extends WatchSink {
  /** The newest version seen: a watch goes on from here. */
  position(): string;
  /** A list begins. False when it is older than what was seen before, and `believe` is false. */
  begin(resourceVersion: string, believe: boolean): boolean;
  page(items: readonly unknown[]): void;
  complete(): void;
}

export interface FeedOptions {
  readonly source: FeedSource;
  readonly sink: FeedSink;
  readonly timing: FeedTiming;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: (trouble: FeedTrouble) => void;
}

export type FeedTrouble = `${'list' | 'watch'}-${'failed' | 'expired' | Closed}` | 'list-stale' | 'watch-stalled';

export interface FeedTiming {
  readonly retry: LadderSteps;
  /** Milliseconds between lists although nothing is wrong: it heals an event that was lost on the way. */
  readonly relistMs: number;
}

export const feedTiming: FeedTiming = { retry: { firstMs: 200, capMs: 10_000 }, relistMs: 900_000 };

/** So many lists in a row that are too old: the cluster was restored from a backup, and this is how it is now. */
const staleListsUntilBelieved = 10;
/** After so many failed watches a list is taken, for it may be the version that cannot be watched from. */
const failuresPerList = 5;

/** Lists, then watches, for as long as the signal lasts. Whatever goes wrong ends in another try. */
export async function runFeed(feed: FeedOptions, signal: AbortSignal): Promise<void> {
  const ladder = new Ladder(feed.timing.retry, feed.random);
  let staleLists = 0;
  while (!signal.aborted) {
    const end = await takeList(feed, staleLists >= staleListsUntilBelieved, signal);
    staleLists = end.kind === 'stale' ? staleLists + 1 : 0;
    if (end.kind === 'complete') await follow(feed, ladder, signal);
    else await recover(feed, ladder, `list-${causeOf(end)}`, end, signal);
  }
}

type ListEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'stale' }
  | Exclude<ListAnswer, { readonly kind: 'page' }>;

async function takeList({ source, sink }: FeedOptions, believe: boolean, signal: AbortSignal): Promise<ListEnd> {
  let next: string | undefined;
  do {
    const page = await source.list(next, signal);
    if (page.kind !== 'page') return page;
    if (next === undefined && !sink.begin(page.resourceVersion, believe)) return { kind: 'stale' };
    sink.page(page.items);
    next = page.next;
  } while (next !== undefined);
  sink.complete();
  return { kind: 'complete' };
}

/** Watches until only a list can help. The API server ends watches early under load: then it goes on at once. */
async function follow(feed: FeedOptions, ladder: Ladder, signal: AbortSignal): Promise<void> {
  const { source, sink, clock, timing } = feed;
  const relistAt = clock.steady() + timing.relistMs * (1 + feed.random() / 10);
  while (!signal.aborted && clock.steady() < relistAt) {
    const end = await source.watch(sink.position(), sink, signal);
    if (end.kind === 'cut' && end.calm) ladder.reset();
    else await recover(feed, ladder, end.kind === 'cut' ? 'watch-failed' : `watch-${causeOf(end)}`, end, signal);
    if (end.kind === 'expired' || (ladder.failures > 0 && ladder.failures % failuresPerList === 0)) return;
  }
}

const causeOf = <K extends string>({ kind, why }: { readonly kind: K; readonly why?: Closed }): K | Closed =>
  why ?? kind;

/** The first expiry costs no wait: an old version is nobody's fault. */
async function recover(
  feed: FeedOptions,
  ladder: Ladder,
  trouble: FeedTrouble,
  end: { readonly kind: string; readonly retryAfterMs?: number },
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  feed.report(trouble);
  const wait = ladder.next();
  if (end.kind === 'expired' && ladder.failures === 1) return;
  await pause(Math.max(wait, end.retryAfterMs ?? 0), signal);
}
