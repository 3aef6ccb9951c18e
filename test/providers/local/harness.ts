import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { defineProvider } from '../../../src/providers/index.ts';
import { local } from '../../../src/providers/local/index.ts';
import type { BoundProvider } from '../../../src/providers/provider.ts';
import type { Harness } from '../../conformance/harness.ts';
import { withoutServer } from '../../conformance/no-server.ts';

/** A table of SQLite, which takes bytes as well as texts. */
export async function startLocal(): Promise<Harness> {
  const directory = await mkdtemp(`${tmpdir()}/shearline-local-`);
  const database = new DatabaseSync(`${directory}/secrets.db`);
  database.exec('CREATE TABLE secrets (key TEXT PRIMARY KEY, value)');
  const write = database.prepare('INSERT OR REPLACE INTO secrets VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM secrets WHERE key = ?');
  write.run('locked/denied', 'any');
  const spec = { sqlite: { file: 'secrets.db', table: 'secrets' } };
  const bound = (): BoundProvider => {
    const provider = defineProvider(local).bind(spec);
    if (!provider.ok) throw new Error(provider.fault.message);
    return provider.value;
  };
  return {
    ...withoutServer(bound, { machine: { directory, environment: {} } }),
    spec,
    put: async (key, value) => {
      write.run(key, value);
      return undefined;
    },
    takes: { bytes: 1024 * 1024, binary: true, empty: true, onlyJson: false },
    waysToGo: { deleted: async key => void remove.run(key), emptied: async key => void write.run(key, null) },
    noSuchPins: ['1'],
    close: async () => {
      database.close();
      await rm(directory, { recursive: true });
    },
  };
}
