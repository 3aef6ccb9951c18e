import type { ListAnswer, ListerWatcher, WatchEnd, WatchEvent, WatchSink } from '../../src/kube/list-watch.ts';

/** What one watch brings before it ends; `hold` stays open until it is told to end. */
export interface Watch {
  readonly events?: readonly WatchEvent[];
  readonly end: WatchEnd | 'hold';
}

/** Plays lists and watches in order, and writes down what was asked. After the last watch the connection is held. */
export class ScriptedSource implements ListerWatcher {
  readonly asked: string[] = [];
  readonly #lists: ListAnswer[];
  readonly #watches: Watch[];
  #sink: WatchSink | undefined;
  #end: (end: WatchEnd) => void = () => {};

  constructor(lists: readonly ListAnswer[], watches: readonly Watch[] = []) {
    this.#lists = [...lists];
    this.#watches = [...watches];
  }

  list = async (next: string | undefined, signal: AbortSignal): Promise<ListAnswer> => {
    this.asked.push(next === undefined ? 'list' : `list ${next}`);
    const answer = this.#lists.length > 1 ? this.#lists.shift() : this.#lists[0];
    if (answer === undefined) await untilAborted(signal);
    return answer ?? { kind: 'failed' };
  };

  watch = async (from: string, sink: WatchSink, signal: AbortSignal): Promise<WatchEnd> => {
    this.asked.push(`watch ${from}`);
    this.#sink = sink;
    const { events = [], end } = this.#watches.shift() ?? { end: 'hold' };
    for (const event of events) sink.event(event);
    if (end !== 'hold') return end;
    return new Promise(resolve => {
      this.#end = resolve;
      void untilAborted(signal).then(() => resolve({ kind: 'cut', healthy: true }));
    });
  };

  /** Ends the watch that is held. */
  end(end: WatchEnd): void {
    this.#end(end);
  }

  /** Whether the event of that version would be parsed. */
  isOwn(resourceVersion: number): boolean {
    return this.#sink?.isOwn(`${resourceVersion}`) ?? false;
  }

  /** An event on the watch that is held. */
  send(event: WatchEvent): void {
    this.#sink?.event(event);
  }
}

export const page = (resourceVersion: number, items: readonly unknown[] = [], next?: string): ListAnswer => ({
  kind: 'page',
  items,
  resourceVersion: `${resourceVersion}`,
  ...(next === undefined ? {} : { next }),
});

export const put = (object: unknown): WatchEvent => ({ kind: 'put', object });
export const gone = (object: unknown): WatchEvent => ({ kind: 'gone', object });
export const bookmark = (resourceVersion: number): WatchEvent => ({
  kind: 'bookmark',
  object: { metadata: { resourceVersion: `${resourceVersion}` } },
});

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
}
