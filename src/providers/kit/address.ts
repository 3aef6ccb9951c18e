import * as z from 'zod';
import { invalidSpec } from '../../core/fault.ts';
import type { Result } from '../../core/result.ts';
import { failed, ok } from '../../core/result.ts';

/** Base URL of a store, as far as a schema can say it. */
export const Address = z
  .string()
  .min(1)
  .max(512)
  .regex(/^https?:\/\/[A-Za-z0-9._:[\]-]+(\/[A-Za-z0-9._~/-]*)?$/);

/** The base URL that paths are put behind. One that is wrong is not shown: people put passwords into URLs. */
export function baseUrl(field: string, address: string, example: string): Result<string> {
  const url = URL.parse(address);
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  const unchanged = plain && url.pathname === (address.replace(/^https?:\/\/[^/]*/, '') || '/');
  if (!unchanged || /\/\//.test(url.pathname)) return failed(invalidSpec(`${field} must be a URL such as ${example}`));
  return ok(`${url.origin}${url.pathname.replace(/\/$/, '')}`);
}
