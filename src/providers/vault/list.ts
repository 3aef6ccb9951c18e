import { invalidSpec } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ListAnswer } from '../provider.ts';
import { ListedNames } from './answers.ts';
import { checkKey, encodePath, listPath } from './keys.ts';
import { folderOf, inTurns, isNothing, type Listing, notListed, type Step, tooMany } from './listing.ts';
import { withTags } from './tags.ts';

/** An engine lists one folder a call. */
const maxFolders = 1000;

/** All keys that begin with the prefix, folder by folder; with tags, those whose custom metadata has them. */
export async function listKeys(listing: Listing): Promise<ListAnswer> {
  const { store, request } = listing;
  const tagged = Object.keys(request.tags).length > 0;
  if (tagged && store.spec.kv.version === 1)
    return failed(invalidSpec('KV version 1 keeps no custom metadata: remove find.tags'));
  const keys = await walk(listing);
  if (!keys.ok) return keys;
  const engine = await listing.checks.engine(listing.signal);
  if (engine !== 'known') return failed(engine);
  return tagged ? withTags(listing, keys.value.filter(canBeNamed)) : keys;
}

/**
 * Breadth first. What the prefix cuts off is never asked for; a folder that no key can name ("a#b/") is listed itself. Too
 * many end it in the middle of a level: a thousand folders may hold hundreds of megabytes of names.
 */
async function walk(listing: Listing): Promise<ListAnswer> {
  const { prefix } = listing.request;
  const keys: string[] = [];
  let folders = [folderOf(prefix)];
  for (let asked = 0; folders.length > 0; ) {
    asked += folders.length;
    const below: string[] = [];
    const listed = await inTurns(folders, async folder => {
      const paths = await listFolder(listing, folder);
      if (!paths.ok) return paths;
      for (const path of paths.value.filter(each => each.startsWith(prefix)))
        (isFolder(path) && canBeNamed(path.slice(0, -1)) ? below : keys).push(path);
      return bounded(listing, keys.length, asked + below.length);
    });
    if (!listed.ok) return listed;
    folders = below;
  }
  return ok(keys);
}

function bounded(listing: Listing, keys: number, folders: number): Step<undefined> {
  const { limit } = listing.request;
  if (folders > maxFolders) return failed(tooMany(listing, `${maxFolders} folders`));
  return keys > limit ? failed(tooMany(listing, `${limit} keys`)) : ok(undefined);
}

const canBeNamed = (path: string): boolean => checkKey(path).ok;
const isFolder = (path: string): boolean => path.endsWith('/');

/** Full paths of what is in a folder: keys, and folders with a "/" at the end. */
async function listFolder(listing: Listing, folder: string): Promise<Step<readonly string[]>> {
  const { store, signal } = listing;
  if (folder !== '') {
    const path = checkKey(folder.slice(0, -1));
    if (!path.ok) return path;
  }
  const reply = await store.client.get(`${encodePath(listPath(store.spec, folder))}?list=true`, signal);
  if (!reply.ok) return failed(transportFault(store.name, reply.fault));
  const names = reply.value.status === 200 ? parseBody(ListedNames, reply.value)?.data.keys : undefined;
  const most = listing.request.limit + maxFolders;
  if (names && names.length > most) return failed(tooMany(listing, `${most} names`));
  if (names) return ok(names.map(name => `${folder}${name}`));
  return isNothing(reply.value) ? empty(listing) : failed(await notListed(listing, reply.value));
}

/** An empty folder and an engine that is not there answer alike. */
async function empty({ checks, signal }: Listing): Promise<Step<readonly string[]>> {
  const mount = await checks.mount(signal);
  return mount === 'proved' ? ok([]) : failed(mount);
}
