import type { EventNote, KubeResult } from './port.ts';

export interface QueuedEvent {
  readonly note: EventNote;
  readonly write: () => Promise<KubeResult<unknown>>;
}

/** Warnings first; when it is full, successes make room for them. */
export class EventQueue {
  readonly #bound: number;
  readonly #warnings: QueuedEvent[] = [];
  readonly #successes: QueuedEvent[] = [];

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Answers what was dropped for it: another, itself, or nothing. */
  push(event: QueuedEvent): QueuedEvent | undefined {
    const lane = event.note.type === 'Warning' ? this.#warnings : this.#successes;
    lane.push(event);
    if (this.#warnings.length + this.#successes.length <= this.#bound) return undefined;
    return this.#successes.pop() ?? this.#warnings.pop();
  }

  shift(): QueuedEvent | undefined {
    return this.#warnings.shift() ?? this.#successes.shift();
  }
}
