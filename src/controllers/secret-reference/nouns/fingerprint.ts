import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { SecretValue } from '../../../core/secret-value.ts';

// Made at start and never written anywhere: a fingerprint means nothing outside of this process.
const key = createSecretKey(randomBytes(32));

/** Shows whether two Secrets hold the same type and bytes, without keeping the bytes. */
export function fingerprint(type: string, data: ReadonlyMap<string, SecretValue>): string {
  const hash = createHmac('sha256', key).update(type);
  for (const name of [...data.keys()].toSorted()) {
    const value = data.get(name);
    if (value !== undefined) hash.update(`\0${name}\0${value.size}\0`).update(value.reveal());
  }
  return hash.digest('base64');
}
