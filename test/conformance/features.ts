import { expect, test } from '@jest/globals';
import type { Stage } from './stage.ts';

/** What a store may lack. The promises that need it are then no tests of its provider: nothing passes without a check. */
export const allFeatures = [
  /** It is reached over a network: calls of it can fail, be seen and be refused. */
  'a server',
  /** Values that are no text. */
  'binary values',
  /** A value of no bytes. */
  'empty values',
  /** `put` answers a version, and reads say which one they served. */
  'versions',
  /** A version is still served when a later one is there. */
  'old versions',
  /** Versions have other names besides: stages, aliases, labels, the previous one. */
  'version names',
  /** The answer to a read says when the version was made. */
  'version times',
  'lists',
  'tags',
  /** One call reads several keys. */
  'batches',
  /** Each namespace enters as itself, not all with one credential. */
  'own logins',
  /** A key that one namespace may read and the other may not. */
  'own keys',
  /** A login is a call of its own; without, the token that is minted goes along with each read. */
  'login calls',
  /** A login has an end that the operator knows beforehand. */
  'logins that expire',
  /** The store can end a login before its time. */
  'logins that it ends',
] as const;
export type Feature = (typeof allFeatures)[number];

/** What the suite is told of a store is held against the provider and its harness, so that no promise is lost by a word. */
export function features(stage: Stage): void {
  test('the store has what its tests count on, and nothing that they leave out', async () => {
    const found = await foundIn(stage);
    expect(allFeatures.filter(feature => found[feature])).toEqual(allFeatures.filter(stage.has));
  });
}

async function foundIn(stage: Stage): Promise<Readonly<Record<Feature, boolean>>> {
  const { takes, pins, provider, ownKey, tag, revokeLogins } = stage.harness;
  const key = stage.newKey('features');
  const first = await stage.put(key, 'one');
  await stage.put(key, 'two');
  const old = await stage.visit().read(key, first === undefined ? {} : { version: first });
  const newest = await stage.visit().read(key);
  const { expiresAt } = await stage.visit().session();
  const { addresses, serviceAccount } = provider.needs;
  return {
    'a server': addresses.length > 0 || serviceAccount?.audiences === 'this-cluster',
    'binary values': takes.binary,
    'empty values': takes.empty,
    versions: first !== undefined,
    'old versions': stage.text(old) === 'one',
    'version names': pins.length > 0,
    'version times': newest.ok && newest.value.madeAt !== undefined,
    lists: provider.capabilities.includes('list'),
    tags: tag !== undefined,
    batches: provider.batch !== undefined,
    'own logins': provider.needs.serviceAccount !== undefined,
    'own keys': ownKey !== undefined,
    'login calls': (await stage.loginCalls()) > 0,
    'logins that expire': expiresAt !== undefined,
    'logins that it ends': revokeLogins !== undefined,
  };
}
