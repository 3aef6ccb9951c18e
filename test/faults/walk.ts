import { readFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import { putSecret } from '../servers/openbao-secrets.ts';
import { until } from '../servers/process.ts';
import type { Battery } from './battery.ts';
import { untilIdle } from './idle.ts';
import { anyWrite, list, targets, watch } from './match.ts';
import type { FaultProxy } from './proxy.ts';
import { type Chance, chanceOf } from './random.ts';
import { errorEvent } from './says.ts';
import { mischiefs, serveNoOldLists } from './walk-faults.ts';
import { foreign, Model } from './walk-model.ts';
import { misdeeds, shortcomings } from './walk-oracle.ts';
import { keysOf, namespaces, steps, type Walker } from './walk-steps.ts';

export interface WalkOptions {
  readonly seed: number;
  readonly steps: number;
  /** Told now and then how far it is. */
  readonly onProgress?: (line: string) => void;
}

/** After so many steps all faults end, and everything must become as the model has it. */
const stepsPerRest = 200;
const linesOfLog = 150;

/** A random walk: people and faults, in an order that the seed decides. Fails with the seed, the step and the trail to it. */
export async function walk(battery: Battery, { seed, steps: length, onProgress }: WalkOptions): Promise<void> {
  const { world, api } = battery;
  const chance = chanceOf(seed);
  const walker: Walker = { chance, model: new Model(), cluster: world.cluster, bao: world.bao };
  await prepare(battery, walker);
  const strangers = await foreignSecrets(battery);
  const since = api.journal.length;
  const trail: string[] = [];
  try {
    for (let step = 1; step <= length; step++) {
      trail.push(`${step} ${await oneStep(battery, walker)}`);
      if (step % stepsPerRest !== 0 && step !== length) continue;
      await rest(battery, walker.model);
      expect(misdeeds(api.journal, since)).toEqual([]);
      expect(await foreignSecrets(battery)).toEqual(strangers);
      onProgress?.(`${step} steps`);
    }
  } catch (problem) {
    const told = (await readFile(world.operator.log, 'utf8')).split('\n').slice(-linesOfLog);
    throw new Error([`seed ${seed}: ${problem}`, ...trail.slice(-stepsPerRest), ...told].join('\n'));
  }
}

function oneStep(battery: Battery, walker: Walker): Promise<string> | string {
  const { chance } = walker;
  return chance.weighted<() => Promise<string> | string>([
    [80, () => chance.weighted(steps)(walker)],
    [20, () => chance.weighted(mischiefs)(battery, chance)],
    [0.2, () => killed(battery)],
    [0.2, () => killedSoon(battery, chance)],
  ])();
}

async function killed({ restartOperator }: Battery): Promise<string> {
  serveNoOldLists();
  await restartOperator();
  return 'killed the operator';
}

/** Right after one of its next writes. */
function killedSoon(battery: Battery, chance: Chance): string {
  battery.api
    .when(anyWrite())
    .nth(1 + chance.below(4))
    .commitThen(() => killed(battery));
  return 'the operator is killed at a write';
}

async function prepare({ world }: Battery, { model, bao }: Walker): Promise<void> {
  for (const namespace of namespaces) {
    await world.team(namespace);
    for (const key of keysOf(namespace)) await putSecret(bao, key, { password: model.nextValue(key) });
    await world.cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: foreign, namespace },
      stringData: { theirs: 'yes' },
    });
  }
}

/** Untouched means: not even their resourceVersion moved. */
const foreignSecrets = ({ world }: Battery): Promise<readonly unknown[]> =>
  Promise.all(namespaces.map(namespace => world.cluster.read('Secret', foreign, namespace)));

/** Ends all faults, and waits until all is well and stays so. */
async function rest(battery: Battery, model: Model): Promise<void> {
  const { api, store, world } = battery;
  for (const proxy of [api, store]) proxy.calm();
  await listsAnew(api);
  let wrong: readonly string[] = [];
  const allIsWell = async () => {
    wrong = await shortcomings(model, world);
    return wrong.length === 0;
  };
  await until('all to be well', allIsWell, 60_000).catch(() => undefined);
  expect(wrong).toEqual([]);
  await untilIdle(battery);
  expect(await shortcomings(model, world)).toEqual([]);
}

/** What a lost event would have told is found by the next list. A watch that is being opened just now is told once more. */
async function listsAnew(api: FaultProxy): Promise<void> {
  const since = api.journal.length;
  for (const [resource, where] of [['secretreferences'], ['secrets', targets]] as const) {
    const listed = () => api.journal.of(list(resource, where), since).some(({ status }) => status === 200);
    await until(`a list of ${resource}`, () => {
      if (!listed()) api.say(watch(resource, where), errorEvent(410));
      return listed();
    });
  }
}
