import { ok, type Result } from '../core/result.ts';
import type { ProviderHttp } from '../net/http.ts';
import type { SourceAccess } from './ports.ts';

export interface Transport extends ProviderHttp {
  close(): Promise<void>;
}

/** Opens HTTP to one source; `caPem`: its own authorities, the system's if absent. */
export type OpenTransport = (source: SourceAccess, caPem: string | undefined) => Result<Transport>;

/** One connection pool a source and CA bundle, shared by its sessions, closed when the last of them lets go. */
export class TransportPool {
  readonly #open: OpenTransport;
  readonly #pools = new Map<string, { readonly transport: Transport; users: number }>();

  constructor(open: OpenTransport) {
    this.#open = open;
  }

  acquire(source: SourceAccess, caPem: string | undefined): Result<Transport> {
    const key = `${source.uid}/${source.generation}/${caPem ?? ''}`;
    const opened = this.#pools.has(key) ? undefined : this.#open(source, caPem);
    if (opened && !opened.ok) return opened;
    if (opened) this.#pools.set(key, { transport: opened.value, users: 0 });
    return this.#lease(key);
  }

  #lease(key: string): Result<Transport> {
    const pool = this.#pools.get(key);
    if (!pool) throw new Error('a pool that was just opened is missing');
    pool.users += 1;
    return ok({
      request: (call, signal) => pool.transport.request(call, signal),
      close: async () => {
        pool.users -= 1;
        if (pool.users > 0) return;
        this.#pools.delete(key);
        await pool.transport.close();
      },
    });
  }
}
