import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type LoopHold, LoopWatchdog } from '../../src/operator/loop-watchdog.ts';

describe('the watchdog of the event loop', () => {
  let now: number;
  /** Of it, what the thread did not compute: others had the processor. */
  let idle: number;
  let holds: LoopHold[];
  let stop: AbortController;
  let watchdog: LoopWatchdog;

  beforeEach(() => {
    now = 1_000_000;
    idle = 0;
    holds = [];
    stop = new AbortController();
    const clock = { wall: () => now, steady: () => now };
    watchdog = new LoopWatchdog(
      clock,
      hold => holds.push(hold),
      stop.signal,
      () => now - idle,
    );
  });
  afterEach(() => stop.abort());

  /** Its pieces in milliseconds, with a pause after each. */
  const run = (name: string, pieces: readonly number[]) => {
    const reconcile = watchdog.reconcile('secretreference', async () => {
      for (const ms of pieces) {
        now += ms;
        await Promise.resolve();
      }
      return name;
    });
    return reconcile({ key: `etl/${name}` });
  };

  test('names the reconcile that computes for more than a second without a pause, among others', async () => {
    const names = ['a', 'b', 'slow', 'c'];
    const answers = await Promise.all(names.map(name => run(name, name === 'slow' ? [10, 1400, 10] : [300, 300, 300])));
    expect(answers).toEqual(names);
    expect(holds).toEqual([{ controller: 'secretreference', key: 'etl/slow', heldMs: 1400 }]);
  });

  test('sees the first piece as well', async () => {
    await run('first', [2000]);
    expect(holds).toEqual([{ controller: 'secretreference', key: 'etl/first', heldMs: 2000 }]);
  });

  test('counts neither a second of many pieces nor the time that a reconcile waits', async () => {
    const waits = watchdog.reconcile('secretreference', async () => {
      await new Promise(resolve => setImmediate(resolve));
    });
    const waiting = waits({ key: 'etl/waits' });
    now += 60_000;
    await Promise.all([waiting, run('many', [900, 900, 900])]);
    expect(holds).toEqual([]);
  });

  test('blames nobody for a second in which the process had no processor', async () => {
    const stopped = watchdog.reconcile('secretreference', async () => {
      now += 60_000;
      idle += 59_500;
    });
    await stopped({ key: 'etl/stopped' });
    expect(holds).toEqual([]);
  });

  test('looks no more when the signal has ended', async () => {
    stop.abort();
    await run('slow', [5000]);
    expect(holds).toEqual([]);
  });
});
