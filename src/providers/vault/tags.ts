import { failed, ok } from '../../core/result.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ListAnswer } from '../provider.ts';
import { Metadata } from './answers.ts';
import { encodePath, listPath } from './keys.ts';
import { inTurns, isNothing, type Listing, notListed, type Step, tooMany } from './listing.ts';

/** The engine tells custom metadata key by key. */
const maxTagged = 1000;

/** Those of the keys whose custom metadata has all the tags that were asked for. */
export async function withTags(listing: Listing, keys: readonly string[]): Promise<ListAnswer> {
  if (keys.length > maxTagged) return failed(tooMany(listing, `${maxTagged} keys, whose tags are read one by one`));
  const wanted = Object.entries(listing.request.tags);
  const found = await inTurns(keys, async key => {
    const tags = await tagsOf(listing, key);
    if (!tags.ok) return tags;
    return ok(wanted.every(([name, value]) => tags.value[name] === value) ? [key] : []);
  });
  return found.ok ? ok(found.value.flat()) : found;
}

async function tagsOf(listing: Listing, key: string): Promise<Step<Readonly<Record<string, string>>>> {
  const { store, signal } = listing;
  const reply = await store.client.get(encodePath(listPath(store.spec, key)), signal);
  if (!reply.ok) return failed(transportFault(store.name, reply.fault));
  const metadata = reply.value.status === 200 ? parseBody(Metadata, reply.value)?.data : undefined;
  if (metadata) return ok(metadata.custom_metadata ?? {});
  // Taken away since it was listed.
  if (isNothing(reply.value)) return ok({});
  return failed(await notListed(listing, reply.value));
}
