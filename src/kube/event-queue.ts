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
    if (this.size <= this.#bound) return undefined;
    return this.#successes.pop() ?? this.#warnings.pop();
  }

  get size(): number {
    return this.#warnings.length + this.#successes.length;
  }

  /** Whether the next one is a warning. */
  get isUrgent(): boolean {
    return this.#warnings.length > 0;
  }

  shift(): QueuedEvent | undefined {
    return this.#warnings.shift() ?? this.#successes.shift();
  }
}
