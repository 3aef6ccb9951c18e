import { setImmediate } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { onAbort } from '../async/deadline.ts';
import { fieldOf, parseUntyped } from '../core/untyped.ts';
import type { DedicatedConnection } from './connections.ts';
import { type ApiRequest, retryAfter } from './http.ts';
import { blockedBy, type WatchEnd, type WatchEvent, type WatchSink } from './list-watch.ts';

export interface WatchTiming {
  /** What the API server is asked for; left alone it ends watches after half an hour or more. */
  readonly lengthSeconds: number;
  /** Milliseconds until the answer must begin. */
  readonly openMs: number;
  /** Milliseconds without a line. Bookmarks come every 60 to 75 s, and a needless new watch costs next to nothing. */
  readonly stallMs: number;
  /** Milliseconds: a watch that ended sooner, without an event, was not healthy. */
  readonly healthyMs: number;
}

export const watchTiming: WatchTiming = { lengthSeconds: 290, openMs: 15_000, stallMs: 100_000, healthyMs: 1000 };

/** Bytes: the largest object that etcd takes is 1.5 MiB, and JSON may double it. */
const longestLine = 8 * 1024 * 1024;

/** One watch, from its request to its end. Never throws. */
export async function watch(
  channel: DedicatedConnection,
  request: ApiRequest,
  sink: WatchSink,
  timing: WatchTiming,
  signal: AbortSignal,
): Promise<WatchEnd> {
  using watchdog = startWatchdog(timing.openMs, signal);
  const reading: Reading = { begun: performance.now(), events: 0, opened: false };
  try {
    const response = await channel.open(request, watchdog.signal);
    if (response.statusCode !== 200) return await rejected(channel, response);
    reading.opened = true;
    return (await read(response.body, sink, reading, watchdog, timing.stallMs)) ?? ended(reading, timing);
  } catch {
    if (watchdog.timedOut) return { kind: 'stalled' };
    // A connection that breaks in the middle is an end like any other.
    return reading.opened ? ended(reading, timing) : { kind: 'failed' };
  }
}

interface Reading {
  readonly begun: number;
  events: number;
  opened: boolean;
}

const ended = ({ begun, events }: Reading, { healthyMs: calmMs }: WatchTiming): WatchEnd => ({
  kind: 'cut',
  healthy: events > 0 || performance.now() - begun >= calmMs,
});

/** Undefined when the stream came to its end; otherwise what was said, or not understood, in the middle of it. */
async function read(
  body: AsyncIterable<Uint8Array>,
  sink: WatchSink,
  reading: Reading,
  watchdog: Watchdog,
  stallMs: number,
): Promise<WatchEnd | undefined> {
  watchdog.reset(stallMs);
  for await (const some of lines(behindAnswers(body), longestLine)) {
    watchdog.reset(stallMs);
    if (some === undefined) return { kind: 'failed' };
    for (const line of some) {
      const event = eventIn(line, sink);
      if (event.kind === 'failed' || event.kind === 'expired') return event;
      reading.events++;
      sink.event(event);
    }
  }
  return undefined;
}

function eventIn(
  line: Buffer,
  sink: Pick<WatchSink, 'isOwn'>,
): WatchEvent | Extract<WatchEnd, { kind: 'failed' | 'expired' }> {
  const resourceVersion = versionOfPut(line);
  if (resourceVersion !== undefined && sink.isOwn(resourceVersion)) return { kind: 'own', resourceVersion };
  const message = parseUntyped(line.toString('utf8'));
  const object = fieldOf(message, 'object');
  const kind = kindOf(fieldOf(message, 'type'));
  if (kind === 'error') return fieldOf(object, 'code') === 410 ? { kind: 'expired' } : { kind: 'failed' };
  return kind === undefined ? { kind: 'failed' } : { kind, object };
}

const versionMark = '"resourceVersion":"';
/** What follows the version: in a custom resource, whose fields are sorted, and in Go's `ObjectMeta`. */
const marksBehind = ['","uid":"', '","generation":', '","creationTimestamp":'];
const longestMark = Math.max(...marksBehind.map(mark => mark.length));

/**
 * The version of the object that an event adds or modifies, without parsing it. Quotes inside of values are escaped, and
 * labels and annotations follow it or have other names. Who gives a custom resource the annotations
 * `resourceVersion` and `uid` could, at worst, hide one event of it until the next list.
 */
function versionOfPut(line: Buffer): string | undefined {
  const text = (from: number, to: number): string => line.toString('latin1', from, to);
  if (!/^{"type":"(MODIFIED|ADDED)"/.test(text(0, 20))) return undefined;
  const from = line.indexOf(versionMark) + versionMark.length;
  const to = line.indexOf('"', from);
  if (from < versionMark.length || to < 0) return undefined;
  const behind = text(to, to + longestMark);
  return marksBehind.some(mark => behind.startsWith(mark)) ? text(from, to) : undefined;
}

function kindOf(type: unknown): Exclude<WatchEvent['kind'], 'own'> | 'error' | undefined {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return 'put';
    case 'DELETED':
      return 'gone';
    case 'BOOKMARK':
      return 'bookmark';
    case 'ERROR':
      return 'error';
    default:
      return undefined;
  }
}

async function rejected(
  channel: DedicatedConnection,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<WatchEnd> {
  await body.dump(); // so that the connection can be used again
  if (statusCode === 410) return { kind: 'expired' };
  if (statusCode === 401) await channel.renew();
  const retryAfterMs = retryAfter(headers);
  return { kind: 'failed', ...blockedBy(statusCode), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/**
 * The same chunks, each after the answers to writes that arrived together with it: those say which events are our own. One
 * in five would otherwise come before its answer and be parsed, status and all, for nothing.
 */
export async function* behindAnswers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    await setImmediate();
    yield chunk;
  }
}

const newline = 10;

/**
 * The lines that each chunk of a stream completes; undefined ends it, for a line over the bound. Bytes, because most lines
 * of a busy watch are never read as text. What follows the last newline was cut off in the middle, and is dropped.
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<readonly Buffer[] | undefined, void> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of chunks) {
    const completed: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      held.push(chunk.subarray(from, end));
      completed.push(joined(held));
      held = [];
      heldBytes = 0;
      from = end + 1;
    }
    held.push(chunk.subarray(from));
    heldBytes += chunk.length - from;
    if (completed.length > 0) yield completed;
    if (heldBytes > maxBytes) return yield undefined;
  }
}

/** A line that lies in one chunk is not copied. */
function joined(parts: readonly Uint8Array[]): Buffer {
  const [only] = parts;
  if (parts.length !== 1 || only === undefined) return Buffer.concat(parts);
  return Buffer.from(only.buffer, only.byteOffset, only.length);
}

/** Ends what it watches over, by its signal, when no sign of life comes in time. */
export interface Watchdog extends Disposable {
  /** Ends with the parent, too. */
  readonly signal: AbortSignal;
  /** Whether it was the silence that ended it. */
  readonly timedOut: boolean;
  /** A sign of life: from now on this many milliseconds of silence are allowed. */
  reset(milliseconds: number): void;
}

export function startWatchdog(milliseconds: number, parent: AbortSignal): Watchdog {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timedOut = false;
  let allowed = milliseconds;
  const expire = () => {
    timedOut = true;
    abort();
  };
  let timer = setTimeout(expire, allowed);
  const forget = onAbort(parent, abort);
  return {
    signal: controller.signal,
    get timedOut() {
      return timedOut;
    },
    reset: next => {
      if (next === allowed) return void timer.refresh(); // the usual case, once a line: no new timer
      clearTimeout(timer);
      allowed = next;
      timer = setTimeout(expire, next);
    },
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      forget();
    },
  };
}
