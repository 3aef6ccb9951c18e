import { canary } from '../canary.ts';
import { reference } from './builders.ts';
import type { Fields } from './fields.ts';
import { World } from './world.ts';

export const theirs = `${canary}-theirs`;

export const encoded = (data: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));

export const consent = { 'shearline.dev/merge': 'allowed' };

/** A Secret of somebody else, into which others may merge unless its labels say otherwise. */
export const host = (
  name = 'db',
  labels: Fields = consent,
  data: Readonly<Record<string, string>> = { theirs },
): Fields => ({
  metadata: { name, namespace: 'etl', uid: `uid-host-${name}`, labels },
  type: 'Opaque',
  data: encoded(data),
});

/** A host with consent, and a reference that has its keys in it. */
export async function merged(builder = reference().merging()): Promise<World> {
  const world = new World(builder);
  world.api.put('secrets', host());
  await world.reconcile();
  world.forget();
  return world;
}

/** What reference `db` wrote down on a host; null when nothing. */
export const mergeState = (world: World, name = 'db'): unknown =>
  JSON.parse(world.secretMetadata(name).annotations['shearline.dev/merge-uid-db'] ?? 'null');
