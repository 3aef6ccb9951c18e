import { basename } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { Shelf } from './shelf.ts';

/** Names are letters, digits and "_" by the spec, so they can be quoted as they are. */
interface Table {
  readonly file: string;
  readonly table: string;
  readonly keyColumn: string;
  readonly valueColumn: string;
}

/** A table of a database, opened so that it cannot be changed. A row whose value is NULL is not there. */
export function openTable({ file, table, keyColumn, valueColumn }: Table): Result<Shelf> {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    const from = `FROM "${table}" WHERE "${valueColumn}" IS NOT NULL`;
    const one = database.prepare(`SELECT "${valueColumn}" AS value ${from} AND "${keyColumn}" = ?`);
    const all = database.prepare(
      `SELECT DISTINCT CAST("${keyColumn}" AS TEXT) AS name ${from} AND "${keyColumn}" IS NOT NULL`,
    );
    one.setReadBigInts(true);
    return ok({
      name: basename(file),
      find: key => valueIn(one.get(key)?.value),
      keys: () => all.all().map(({ name }) => `${name}`),
      close: () => database.close(),
    });
  } catch {
    // The message of the database may quote what is in it.
    return failed(
      unusable(
        `${basename(file)} is no SQLite database that can be read, or has no table ${table} with ${keyColumn} and ${valueColumn}`,
      ),
    );
  }
}

/** Blobs are bytes; whole numbers of any size are written out. */
function valueIn(value: SQLOutputValue | undefined): SecretValue | undefined {
  if (value === undefined || value === null) return undefined;
  return value instanceof Uint8Array ? new SecretValue(value) : SecretValue.fromText(`${value}`);
}
