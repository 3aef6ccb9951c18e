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

/** A story as it is played: in which namespace, and what disturbs it. */
export interface Life<Name extends string = string> {
  readonly story: Story<Name>;
  readonly namespace: string;
  readonly disturbance?: Disturbance<NoInfer<Name>>;
}

/** How a story went: comparable between namespaces. */
export interface Account {
  /** How things stood after each chapter. */
  readonly snapshots: Readonly<Record<string, Snapshot>>;
  readonly effects: Effects;
}

/** Side by side: no chapter begins before the operator rests from those before. Answers each life with its account. */
export async function play<L extends Life>(battery: Battery, lives: readonly L[]): Promise<readonly Played<L>[]> {
  const { journal } = battery.api;
  const since = journal.length;
  const playing = await Promise.all(lives.map(life => begin(battery, life)));
  const chapters = Math.max(...lives.map(({ story }) => story.chapters.length));
  for (let chapter = 0; chapter < chapters; chapter++) {
    await Promise.all(playing.map(({ live }) => live(chapter)));
    await untilIdle(battery);
    await Promise.all(playing.map(({ look }) => look(chapter)));
  }
  const effects = ({ namespace }: Life) => effectsOf(journal.writes({ namespace }, since));
  return playing.map(({ life, snapshots }) => ({ ...life, account: { snapshots, effects: effects(life) } }));
}

type Played<L extends Life> = L & { readonly account: Account };

async function begin<L extends Life>(battery: Battery, life: L) {
  const { story, namespace, disturbance = {} } = life;
  const team = await battery.world.team(namespace);
  const scene = { ...battery, team, here: { namespace } };
  const snapshots: Record<string, Snapshot> = {};
  const live = async (nth: number) => {
    const chapter = story.chapters[nth];
    if (chapter === undefined) return;
    await disturbance[chapter.name]?.(scene);
    await chapter.happens(scene);
  };
  const look = async (nth: number) => {
    const chapter = story.chapters[nth];
    if (chapter !== undefined) snapshots[chapter.name] = await snapshotOf(battery.world, namespace);
  };
  return { life, snapshots, live, look };
}
