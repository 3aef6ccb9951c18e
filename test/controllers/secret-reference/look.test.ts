import { expect, test } from '@jest/globals';
import { look } from '../../../src/controllers/secret-reference/look.ts';
import type { ReconcileRequest } from '../../../src/runtime/reconcile.ts';
import { reference } from '../builders.ts';
import { source, vaultSpec } from '../objects.ts';
import { World } from '../world.ts';

const byToken = { provider: vaultSpec({ token: { secretRef: { name: 'login', key: 'token' } } }) };
const secret = (name: string) => ({ metadata: { name, namespace: 'etl', uid: `uid-${name}`, resourceVersion: '7' } });

/** What a reconcile looked at, and the version that it found. */
async function seenBy(world: World, name = 'db') {
  const seen: Record<string, string | undefined> = {};
  const work: Pick<ReconcileRequest, 'key' | 'signal'> = { key: `etl/${name}`, signal: new AbortController().signal };
  await look(work, (key, found) => Object.assign(seen, { [key]: found?.metadata.resourceVersion }), world.ports);
  return seen;
}

test('a reconcile looks at its target, and at the credentials of every source that it reads from', async () => {
  const world = new World(reference().target({ name: 'other' }));
  world.api.put('secretsources', source('vault', byToken, { generation: 2 }));
  world.api.put('secrets', secret('other'));
  world.api.put('secrets', secret('login'));
  expect(Object.keys(await seenBy(world)).toSorted()).toEqual(['etl/login', 'etl/other']);
});

test('what is gone is reported, and what cannot be read now is not', async () => {
  const world = new World(reference());
  world.api.put('secretsources', source('vault', byToken, { generation: 2 }));
  world.api.refuse('get secrets/login', { kind: 'unavailable' });
  const seen = await seenBy(world);
  expect(seen).toEqual({ 'etl/db': undefined });
  expect(Object.keys(seen)).toEqual(['etl/db']);
});

test('a reference that is gone needs no look', async () => {
  expect(await seenBy(new World(), 'gone')).toEqual({});
});
