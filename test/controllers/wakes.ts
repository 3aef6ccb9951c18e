import type { World } from './world.ts';

/** Who is woken by what happens, at which priority. */
export function wakes(world: World, happens: (world: World) => void): readonly string[] {
  world.woken.length = 0;
  happens(world);
  return world.woken.map(({ key, priority }) => `${key} ${priority}`).toSorted();
}
