import { test } from '@jest/globals';
import { useBattery } from './battery.ts';
import { isWell } from './oracle.ts';
import { walk } from './walk.ts';

const battery = useBattery();
const { SEED: seed = '1', STEPS: steps = '2000' } = process.env;
const onProgress =
  process.env.STEPS === undefined ? () => undefined : (line: string) => process.stderr.write(`${line}\n`);
/** Milliseconds for a step; most of it is waiting for what was asked to be done. */
const perStep = 200;

test(
  `a walk of ${steps} steps by seed ${seed} loses no rotation, answers none twice and touches nothing foreign`,
  async () => {
    await walk(battery(), { seed: Number(seed), steps: Number(steps), onProgress });
    await isWell(battery());
  },
  60_000 + perStep * Number(steps),
);
