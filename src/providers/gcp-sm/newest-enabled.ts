import { absent, type Fault, unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { LoginExpired } from '../provider.ts';
import { VersionList } from './answers.ts';
import { parentOf } from './endpoints.ts';
import { notGoogle, replyFault } from './faults.ts';
import type { Store } from './store.ts';

const pageSize = 250;
const maxPages = 20;

/**
 * The number of the newest enabled version, by a list of versions, which takes a right of its own. Without that right
 * nothing is known of older versions, and nothing is absent. All are listed, without a filter: absence follows.
 */
export async function newestEnabled(
  store: Store,
  key: string,
  signal: AbortSignal,
): Promise<Result<string, Fault | LoginExpired>> {
  const parent = `${parentOf(store.spec)}/secrets/${key}`;
  let pageToken = '';
  for (let page = 0; page < maxPages; page++) {
    const reply = await store.client.call('listSecretVersions', { parent, pageSize, pageToken }, signal);
    if (!reply.ok) return failed(replyFault(store, asked(key), reply.fault));
    const { data: list } = VersionList.safeParse(reply.value);
    if (!list) return failed(notGoogle(store.name, 200));
    const [newest] = list.versions
      .filter(({ state }) => state === 'ENABLED')
      .map(numberOf)
      .sort((a, b) => b - a);
    if (newest !== undefined) return ok(`${newest}`);
    pageToken = list.nextPageToken;
    if (pageToken === '') return failed(absent('KeyNotFound', `${store.name} has no enabled version of ${key}`));
  }
  return failed(unusable(`${store.name} has too many versions of ${key} that are not enabled: ${fix}`));
}

const asked = (key: string) => ({
  what: `list the versions of ${key}, whose newest is disabled or destroyed`,
  role: 'roles/secretmanager.viewer on it',
});

const fix = 'pin one by remoteRef.version, or add a new one';

const numberOf = ({ name }: { readonly name: string }): number => Number(name.slice(name.lastIndexOf('/') + 1));
