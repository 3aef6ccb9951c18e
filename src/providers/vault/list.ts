import { invalidSpec } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ListAnswer } from '../provider.ts';
import { ListedNames } from './answers.ts';
import { checkKey, encodePath, listPath } from './keys.ts';
import { folderOf, inTurns, isNothing, type Listing, notListed, type Step, tooMany } from './listing.ts';
import { storeName } from './store.ts';
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

/** Breadth first. What the prefix cuts off is never asked for; a folder that no key can name ("a#b/") is listed itself. */
async function walk(listing: Listing): Promise<ListAnswer> {
  const { prefix, limit } = listing.request;
  const keys: string[] = [];
  let folders = [folderOf(prefix)];
  for (let asked = 0; folders.length > 0; ) {
    asked += folders.length;
    if (asked > maxFolders) return failed(tooMany(listing, `${maxFolders} folders`));
    const listed = await inTurns(folders, folder => listFolder(listing, folder));
    if (!listed.ok) return listed;
    const paths = listed.value.flat().filter(path => path.startsWith(prefix));
    folders = paths.filter(path => isFolder(path) && canBeNamed(path.slice(0, -1)));
    keys.push(...paths.filter(path => !isFolder(path) || !canBeNamed(path.slice(0, -1))));
    if (keys.length > limit) return failed(tooMany(listing, `${limit} keys`));
  }
  return ok(keys);
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
  if (!reply.ok) return failed(transportFault(storeName(store.spec), reply.fault));
  const names = reply.value.status === 200 ? parseBody(ListedNames, reply.value)?.data.keys : undefined;
  if (names) return ok(names.map(name => `${folder}${name}`));
  return isNothing(reply.value) ? empty(listing) : failed(await notListed(listing, reply.value));
}

/** An empty folder and an engine that is not there answer alike. */
async function empty({ checks, signal }: Listing): Promise<Step<readonly string[]>> {
  const mount = await checks.mount(signal);
  return mount === 'proved' ? ok([]) : failed(mount);
}
