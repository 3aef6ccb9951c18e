import { onAbort, within } from '../async/deadline.ts';
import { Semaphore } from '../async/semaphore.ts';
import type { Timers } from '../async/timers.ts';
import type { Login } from './login.ts';

const revokeMs = 5000;
const slotsPerSource = 16;

/** Logins that are revoked: so many of each source at a time, so that a store that hangs holds up its own alone. */
export class Revocations {
  readonly #timers: Timers;
  readonly #onBug: (thrown: unknown) => void;
  readonly #bySource = new Map<string, OfSource>();
  readonly #timeIsUp = new AbortController();

  constructor({ timers, onBug }: { readonly timers: Timers; readonly onBug: (thrown: unknown) => void }) {
    this.#timers = timers;
    this.#onBug = onBug;
  }

  add(login: Login): void {
    const { sourceUid } = login;
    const own = this.#bySource.get(sourceUid) ?? { slots: new Semaphore(slotsPerSource), pending: new Set() };
    this.#bySource.set(sourceUid, own);
    const pending = this.#revoke(login, own.slots)
      .catch(this.#onBug)
      .finally(() => {
        own.pending.delete(pending);
        if (own.pending.size === 0) this.#bySource.delete(sourceUid);
      });
    own.pending.add(pending);
  }

  /** Waits for all of them; when the signal ends, what is left is given up. */
  async end(signal: AbortSignal): Promise<void> {
    const forget = onAbort(signal, () => this.#timeIsUp.abort());
    while (this.#bySource.size > 0)
      await Promise.all([...this.#bySource.values()].flatMap(({ pending }) => [...pending]));
    forget();
  }

  async #revoke({ session, transport }: Login, slots: Semaphore): Promise<void> {
    const signal = this.#timeIsUp.signal;
    const release = await slots.acquire({ priority: 'high', group: '', signal });
    try {
      await within(revokeMs, { timers: this.#timers, signal }, limit => session.close(limit));
    } finally {
      await transport.close();
      release?.();
    }
  }
}

interface OfSource {
  readonly slots: Semaphore;
  readonly pending: Set<Promise<void>>;
}
