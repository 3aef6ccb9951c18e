import type { Team } from '../scenarios/team.ts';
import type { Battery } from './battery.ts';
import { type Effects, effectsOf, type Snapshot, snapshotOf } from './ending.ts';
import { untilIdle } from './idle.ts';

/** The life of one reference, in a namespace of its own. */
export interface Story<Name extends string = string> {
  readonly title: string;
  readonly chapters: readonly { readonly name: Name; readonly happens: (scene: Scene) => Promise<void> }[];
}

export interface Scene extends Battery {
  readonly team: Team;
  /** For rules that concern this story only. */
  readonly here: { readonly namespace: string };
}

/** A case: what it does right before a chapter begins. */
export type Disturbance<Name extends string = string> = Partial<
  Readonly<Record<Name, (scene: Scene) => Promise<unknown> | unknown>>
>;

/** How a story went: comparable between namespaces. */
export interface Account {
  /** How things stood after each chapter. */
  readonly snapshots: Readonly<Record<string, Snapshot>>;
  readonly effects: Effects;
}

export async function play<Name extends string>(
  battery: Battery,
  story: Story<Name>,
  name: string,
  disturbance: Disturbance<NoInfer<Name>> = {},
): Promise<Account> {
  const team = await battery.world.team(name);
  const scene = { ...battery, team, here: { namespace: name } };
  const since = battery.api.journal.length;
  const snapshots: Record<string, Snapshot> = {};
  for (const chapter of story.chapters) {
    await disturbance[chapter.name]?.(scene);
    await chapter.happens(scene);
    await untilIdle(battery);
    snapshots[chapter.name] = await snapshotOf(battery.world, name);
  }
  return { snapshots, effects: effectsOf(battery.api.journal.writes(scene.here, since)) };
}
