import type { World } from '../scenarios/world.ts';

const plainRequests = 20;

/**
 * What a promise of so many milliseconds means on this machine as it is now: with other work on all its cores it takes
 * longer by as much as a few plain requests to the API server do.
 */
export async function allowed({ cluster }: World, milliseconds: number): Promise<number> {
  const begun = performance.now();
  for (let sent = 0; sent < plainRequests; sent++) await cluster.read('ConfigMap', 'none', 'default');
  return milliseconds + performance.now() - begun;
}
