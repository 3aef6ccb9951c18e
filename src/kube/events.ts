import { pause } from '../async/deadline.ts';
import { type Clock, microTime } from '../core/clock.ts';
import type { EventNote, EventRecorder, KubeClient, KubeResult, Resource } from './api.ts';
import { EventQueue, EventSeries, type Series } from './event-series.ts';
import type { RoundTrip } from './http.ts';

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** The pod. */
  readonly reportingInstance: string;
  /** For a counter. */
  readonly dropped: () => void;
  /** Milliseconds for which nothing else was asked of the API server. */
  readonly idleMs: () => number;
  /** Ends all writing. */
  readonly signal: AbortSignal;
}

const events: Resource = { group: 'events.k8s.io', version: 'v1', plural: 'events' };
const controller = 'shearline.dev/operator';
const queueBound = 1000;
const tries = 3;
/** Milliseconds. A success waits until it has been so still, but no longer than that: a rotation is worth more than its Event. */
const successDelay = { idleMs: 100, mostMs: 2000, stepMs: 25 };

/**
 * Writes one Event at a time, beside the work that it reports: a slow API server delays only events, and
 * a busy one is not kept busier by successes.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const series = new EventSeries(options.clock, note => eventName(note, options.clock, options.random));
  const queue = new EventQueue(queueBound);
  const drop = (note: EventNote) => {
    series.forget(note);
    options.dropped();
  };
  let draining = false;
  const drain = async () => {
    draining = true;
    while (queue.size > 0) {
      await waitUntilIdle(queue, options);
      const next = queue.shift();
      if (options.signal.aborted || next === undefined) break;
      if (!(await withRetries(next.write, options.signal)).ok) drop(next.note);
    }
    draining = false;
  };
  return {
    record: note => {
      const decision = series.decide(note);
      if (decision.kind === 'counted') return;
      if (decision.kind === 'dropped') return options.dropped();
      const write = decision.kind === 'create' ? create : count;
      const overflow = queue.push({ note, write: () => write(options, note, decision.series) });
      if (overflow !== undefined) drop(overflow.note);
      if (!draining) void drain();
    },
  };
}

async function waitUntilIdle(queue: EventQueue, { idleMs, signal }: EventRecorderOptions): Promise<void> {
  const mayWait = () => !queue.isUrgent && idleMs() < successDelay.idleMs && !signal.aborted;
  for (let waited = 0; waited < successDelay.mostMs && mayWait(); waited += successDelay.stepMs)
    await pause(successDelay.stepMs, signal);
}

/** Only what may pass by itself is tried again. */
async function withRetries(
  post: () => Promise<KubeResult<unknown>>,
  signal: AbortSignal,
): Promise<KubeResult<unknown>> {
  let answer = await post();
  for (let tried = 1; tried < tries && !answer.ok && !signal.aborted; tried++) {
    if (answer.fault.kind !== 'unavailable' && answer.fault.kind !== 'throttled') break;
    await pause(answer.fault.kind === 'throttled' ? answer.fault.retryAfterMs : 1000 * tried, signal);
    answer = await post();
  }
  return answer;
}

async function create(
  { client, clock, reportingInstance, signal }: EventRecorderOptions,
  note: EventNote,
  { name }: Series,
): Promise<KubeResult<unknown>> {
  const namespace = namespaceOf(note);
  const body = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace },
    eventTime: microTime(clock.wall()),
    reportingController: controller,
    reportingInstance: reportingInstance.slice(0, 128),
    action: note.action,
    reason: note.reason,
    regarding: note.regarding,
    note: cutNote(note.note),
    type: note.type,
  };
  const answer = await client.create(events, namespace, body, { signal });
  // The first try was lost on its way back, after all.
  return answer.ok || answer.fault.kind !== 'already-exists' ? answer : { ok: true, value: undefined };
}

function count(
  { client, clock, signal }: EventRecorderOptions,
  note: EventNote,
  { name, count: times }: Series,
): Promise<KubeResult<unknown>> {
  const body = { series: { count: times, lastObservedTime: microTime(clock.wall()) } };
  const patch = { type: 'application/merge-patch+json', body } as const;
  return client.patch(events, `${namespaceOf(note)}/${name}`, patch, { signal });
}

/** Events about cluster-scoped objects are found in `default`. */
const namespaceOf = ({ regarding }: EventNote): string => regarding.namespace || 'default';

function eventName({ regarding }: EventNote, clock: Clock, random: () => number): string {
  const unique = `${Math.floor(clock.wall()).toString(16)}${Math.floor(random() * 2 ** 32).toString(16)}`;
  return `${regarding.name.slice(0, 220)}.${unique}`;
}

const longestNote = 1024;

/** In bytes, and between characters. */
function cutNote(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= longestNote) return note;
  return `${new TextDecoder().decode(bytes.subarray(0, longestNote - 3), { stream: true })}…`;
}

/** Measures for how long no call to the API server was made, so that what can wait lets the urgent go first. */
export interface IdleTracker {
  /** The round trip whose calls are watched. */
  readonly call: RoundTrip;
  /** Milliseconds since its last call ended; 0 while one is under way. */
  idleMs(): number;
}

export function trackIdle(call: RoundTrip, clock: Clock): IdleTracker {
  let underWay = 0;
  let endedAt = clock.steady();
  return {
    call: async (request, options) => {
      underWay += 1;
      try {
        return await call(request, options);
      } finally {
        underWay -= 1;
        endedAt = clock.steady();
      }
    },
    idleMs: () => (underWay > 0 ? 0 : clock.steady() - endedAt),
  };
}
