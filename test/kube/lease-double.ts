import type { Change, Informer, KubeFault } from '../../src/kube/api.ts';
import type { LeaseStore } from '../../src/kube/lease.ts';
import { type LeaseRecord, leaseBody, parseLease } from '../../src/kube/lease.ts';

export const leaseKey = 'shearline/operator';

/** One Lease in memory: writes under preconditions, watchers that are told, and faults on demand. */
export class LeaseDouble {
  record: LeaseRecord | undefined;
  /** What the next writes meet. `lost`: it takes effect, and the answer does not arrive. */
  readonly faults: (KubeFault['kind'] | 'lost')[] = [];
  writes = 0;
  #version = 1;
  readonly #watchers = new Set<() => void>();

  readonly store: LeaseStore = {
    get: async () => {
      if (this.faults[0] === 'unavailable') return fault('unavailable');
      return this.record === undefined ? fault('not-found') : { ok: true, value: this.record };
    },
    put: async (seen, claim) => {
      const trouble = this.faults.length > 1 ? this.faults.shift() : this.faults[0];
      if (trouble === 'unavailable') return fault('unavailable');
      if (seen === undefined && this.record !== undefined) return fault('already-exists');
      if (seen !== undefined && this.record === undefined) return fault('not-found');
      if (seen?.metadata.resourceVersion !== this.record?.metadata.resourceVersion) return fault('conflict');
      const written = this.#write(leaseBody('operator', 'shearline', claim));
      if (trouble !== 'lost') return { ok: true, value: written };
      this.faults.shift();
      return fault('unavailable');
    },
  };

  /** As `kubectl delete lease` or a write by anybody else. */
  become(record: LeaseRecord | undefined): void {
    this.record = record;
    for (const tell of this.#watchers) tell();
  }

  /** Somebody holds it, as of a time by their own clock. */
  heldBy(holder: string, renewTime: number): void {
    const claim = { holder, durationMs: 15_000, renewTime, acquireTime: renewTime, transitions: 3 };
    this.#write(leaseBody('operator', 'shearline', claim));
  }

  informer(): Informer<LeaseRecord> {
    const handlers: ((change: Change<LeaseRecord>) => void)[] = [];
    const tell = () => {
      for (const handler of handlers) handler({ key: leaseKey });
    };
    return {
      get: () => this.record,
      values: () => [],
      size: 1,
      synced: true,
      onChange: handler => void handlers.push(handler),
      wrote: () => {},
      whenSynced: async () => {},
      run: signal => {
        this.#watchers.add(tell);
        return new Promise(resolve => {
          const end = () => {
            this.#watchers.delete(tell);
            resolve();
          };
          if (signal.aborted) end();
          signal.addEventListener('abort', end, { once: true });
        });
      },
    };
  }

  #write(body: unknown): LeaseRecord {
    this.writes++;
    const { spec } = JSON.parse(JSON.stringify(body));
    const metadata = {
      name: 'operator',
      namespace: 'shearline',
      uid: 'lease-1',
      resourceVersion: `${++this.#version}`,
    };
    const record = parseLease({ metadata, spec });
    if (record === undefined) throw new Error('the double wrote no readable Lease');
    this.become(record);
    return record;
  }
}

const fault = <K extends 'unavailable' | 'not-found' | 'already-exists' | 'conflict'>(kind: K) =>
  ({ ok: false, fault: { kind } }) as const;
