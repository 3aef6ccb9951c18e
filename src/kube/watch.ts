import type { Dispatcher } from 'undici';
import type { ApiRequest } from './exchange.ts';
import { closedBy, type WatchEnd, type WatchEvent, type WatchSink } from './feed.ts';
import { fieldOf, parseJson } from './json.ts';
import { lines } from './lines.ts';
import { retryAfter } from './retry-after.ts';
import type { Channel } from './transport.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export interface WatchTiming {
  /** What the API server is asked for; left alone it ends watches after half an hour or more. */
  readonly lengthSeconds: number;
  /** Milliseconds until the answer must begin. */
  readonly openMs: number;
  /** Milliseconds without a line. Bookmarks come every 60 to 75 s, and a needless new watch costs next to nothing. */
  readonly stallMs: number;
  /** Milliseconds: a watch that ended sooner, with nothing to tell, was no good one. */
  readonly calmMs: number;
}

export const watchTiming: WatchTiming = { lengthSeconds: 290, openMs: 15_000, stallMs: 100_000, calmMs: 1000 };

/** Bytes: the largest object that etcd takes is 1.5 MiB, and JSON may double it. */
const longestLine = 8 * 1024 * 1024;

/** One watch, from its request to its end. Never throws. */
export async function watch(
  channel: Channel,
  request: ApiRequest,
  sink: WatchSink,
  timing: WatchTiming,
  signal: AbortSignal,
): Promise<WatchEnd> {
  using dog = startWatchdog(timing.openMs, signal);
  const reading: Reading = { begun: performance.now(), events: 0, opened: false };
  try {
    const response = await channel.open(request, dog.signal);
    if (response.statusCode !== 200) return await refusal(channel, response);
    reading.opened = true;
    return (await read(response.body, sink, reading, dog, timing.stallMs)) ?? cut(reading, timing);
  } catch {
    if (dog.barked) return { kind: 'stalled' };
    // A connection that breaks in the middle is an end like any other.
    return reading.opened ? cut(reading, timing) : { kind: 'failed' };
  }
}

interface Reading {
  readonly begun: number;
  events: number;
  opened: boolean;
}

const cut = ({ begun, events }: Reading, { calmMs }: WatchTiming): WatchEnd => ({
  kind: 'cut',
  calm: events > 0 || performance.now() - begun >= calmMs,
});

/** Undefined when the stream came to its end; otherwise what was said, or not understood, in the middle of it. */
async function read(
  body: AsyncIterable<Uint8Array>,
  sink: WatchSink,
  reading: Reading,
  dog: Watchdog,
  stallMs: number,
): Promise<WatchEnd | undefined> {
  dog.calm(stallMs);
  for await (const line of lines(body, longestLine)) {
    dog.calm(stallMs);
    if (line === undefined) return { kind: 'failed' };
    const resourceVersion = versionPut(line);
    if (resourceVersion !== undefined && sink.isOwn(resourceVersion)) {
      reading.events++;
      sink.event({ kind: 'own', resourceVersion });
      continue;
    }
    const message = parseJson(line.toString('utf8'));
    const object = fieldOf(message, 'object');
    const kind = kindOf(fieldOf(message, 'type'));
    if (kind === 'error') return fieldOf(object, 'code') === 410 ? { kind: 'expired' } : { kind: 'failed' };
    if (kind === undefined) return { kind: 'failed' };
    reading.events++;
    sink.event({ kind, object });
  }
  return undefined;
}

const versionMark = '"resourceVersion":"';
/** What stands behind the version: of a custom resource, whose fields come by the alphabet, and of Go's `ObjectMeta`. */
const marksBehind = ['","uid":"', '","generation":', '","creationTimestamp":'];
const longestMark = Math.max(...marksBehind.map(mark => mark.length));

/**
 * The version of the object that an event adds or modifies, without parsing it. Quotes inside of values are escaped, and
 * labels and annotations come behind it or have other names. Whoever gives a custom resource the annotations
 * `resourceVersion` and `uid` could, at worst, hide one event of it until the next list.
 */
function versionPut(line: Buffer): string | undefined {
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

async function refusal(channel: Channel, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<WatchEnd> {
  await body.dump(); // so that the connection can be used again
  if (statusCode === 410) return { kind: 'expired' };
  if (statusCode === 401) await channel.renew();
  const retryAfterMs = retryAfter(headers['retry-after']);
  return { kind: 'failed', ...closedBy(statusCode), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
