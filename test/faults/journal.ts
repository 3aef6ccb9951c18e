import type { Call } from './call.ts';
import { anyWrite, matches, type RequestMatch } from './match.ts';

/** A request, and how it ended. */
export interface Entry {
  readonly call: Call;
  /** Steady milliseconds of the end. */
  readonly at: number;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** Whether the server behind the proxy saw it. What it did then is in `status`, even if the client never learnt it. */
  readonly arrived: boolean;
  /** What was sent. */
  readonly body: string;
}

/** What was asked through a proxy: the oracle of what the operator really did. */
export class Journal {
  readonly #entries: Entry[] = [];

  answered(call: Call, status: number, body = ''): void {
    this.#entries.push({ call, at: performance.now(), status, arrived: true, body });
  }

  refused(call: Call, status?: number): void {
    this.#entries.push({ call, at: performance.now(), status, arrived: false, body: '' });
  }

  get length(): number {
    return this.#entries.length;
  }

  of(match: RequestMatch, since = 0): readonly Entry[] {
    return this.#entries.slice(since).filter(({ call }) => matches(match, call));
  }

  /** Writes that took effect. */
  writes(match: Omit<RequestMatch, 'verb' | 'resource'> = {}, since = 0): readonly Entry[] {
    return this.of(anyWrite(match), since).filter(took);
  }
}

const took = ({ arrived, status = 0 }: Entry): boolean => arrived && status >= 200 && status < 300;
