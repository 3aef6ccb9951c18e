import { expect } from '@jest/globals';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { untilIdle } from './idle.ts';
import { owned } from './stories.ts';
import { type Disturbance, play, type Story } from './story.ts';

let stories = 0;
const undisturbed = new Map<Story, ReturnType<typeof play>>();

/** Plays the life of a Secret that its reference owns with a disturbance, and demands that it ends as the undisturbed one. */
export const survives = (battery: Battery, disturbance: Disturbance<Chapter>): Promise<void> =>
  endsAsEver(battery, owned, disturbance);
type Chapter = (typeof owned.chapters)[number]['name'];

/**
 * A story with a disturbance ends as the undisturbed one: the same Secrets and statuses after each chapter, the same
 * creates and deletes by the operator, and in the end a bystander that rotates as ever.
 */
export async function endsAsEver<Name extends string>(
  battery: Battery,
  story: Story<Name>,
  disturbance: Disturbance<NoInfer<Name>>,
): Promise<void> {
  const first = undisturbed.get(story) ?? play(battery, [{ story, namespace: nextName() }]);
  undisturbed.set(story, first);
  const [expected] = await first;
  const [seen] = await play(battery, [{ story, namespace: nextName(), disturbance }]);
  expect(seen?.account).toBeDefined();
  expect(seen?.account).toEqual(expected?.account);
  await isWell(battery);
}

/** What holds after each case, whatever it was about. */
export async function isWell(battery: Battery): Promise<void> {
  const { api, store, world, bystander } = battery;
  await struck(battery);
  for (const proxy of [api, store]) proxy.calm();
  await bystander.rotates();
  await untilIdle(battery);
  expect(world.operator.running()).toBe(true);
}

/** A case that meets no fault proves nothing. */
async function struck({ api, store }: Battery): Promise<void> {
  const waiting = () => [...api.idleRules(), ...store.idleRules()];
  await until('every rule to strike', () => waiting().length === 0, 10_000).catch(() => undefined);
  expect(waiting()).toEqual([]);
}

const nextName = () => `story-${++stories}`;
