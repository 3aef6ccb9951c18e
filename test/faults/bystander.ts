import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { secretValue } from '../canary.ts';
import type { Team } from '../scenarios/team.ts';
import type { World } from '../scenarios/world.ts';
import { allowed } from './promptly.ts';

/** A reference in a namespace of its own that no case touches: whatever happens to others, it is served. */
export interface Bystander {
  /** Makes it, and waits until it is served. */
  settles(): Promise<void>;
  /** Rotates it, and checks that its Secret is new within 5 s. */
  rotates(): Promise<void>;
}

const withinMs = 5_000;

export async function bystanderIn(world: World): Promise<Bystander> {
  const team = await world.team('bystander');
  const spec = { sourceRef: { kind: 'ClusterSecretSource', name: 'aside' }, refreshInterval: '10s' };
  await team.put('calm', { password: secretValue('calm') });
  return {
    settles: async () => {
      await team.refer('calm', { ...spec, dataFrom: [team.extract('calm')] });
      await team.synced('calm');
    },
    // Once more when it was late: what was in its way may have been the machine. What the operator holds up stays so.
    rotates: async () => {
      if ((await rotation(team)) > withinMs) expect(await rotation(team)).toBeLessThan(await allowed(world, withinMs));
    },
  };
}

/** Milliseconds from the request to the new Secret. */
async function rotation(team: Team): Promise<number> {
  const password = secretValue('calm');
  await team.put('calm', { password });
  const asked = performance.now();
  await team.annotate('calm', { 'shearline.dev/rotate': randomBytes(4).toString('hex') });
  await team.secretThat('calm', 'rotated', ({ text }) => text.password === password);
  return performance.now() - asked;
}
