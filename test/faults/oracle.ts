import { expect } from '@jest/globals';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { untilIdle } from './idle.ts';
import { type Account, type Disturbance, play } from './story.ts';

let stories = 0;
let undisturbed: Promise<Account> | undefined;

/**
 * Plays the story with a disturbance and demands that it ends as the undisturbed one: the same Secrets and statuses after
 * each chapter, the same creates and deletes by the operator, and in the end a bystander that rotates as ever.
 */
export async function survives(battery: Battery, disturbance: Disturbance): Promise<void> {
  undisturbed ??= play(battery, nextName());
  const expected = await undisturbed;
  const account = await play(battery, nextName(), disturbance);
  expect(account).toEqual(expected);
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
