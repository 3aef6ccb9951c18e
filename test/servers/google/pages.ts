import { type Answer, json } from '../answers.ts';
import { rpcError } from './errors.ts';

/** One page of a list, of 100 unless it was asked for more or less; never more than 25,000. */
export function page<T>(all: readonly T[], query: URLSearchParams, show: (items: readonly T[]) => object): Answer {
  const asked = Number(query.get('pageSize') ?? 0);
  const from = Number(Buffer.from(query.get('pageToken') ?? '', 'base64url').toString() || 0);
  if (!Number.isInteger(asked) || asked < 0 || !Number.isInteger(from))
    return rpcError('INVALID_ARGUMENT', 'Invalid page_size or page_token.');
  const to = from + Math.min(asked || 100, 25_000);
  const more = to < all.length && { nextPageToken: Buffer.from(`${to}`).toString('base64url') };
  const totalSize = !query.get('filter') && all.length > 0 && { totalSize: all.length };
  const items = all.slice(from, to);
  return json({ ...(items.length > 0 && show(items)), ...more, ...totalSize });
}
