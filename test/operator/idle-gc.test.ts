import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { collectWhenIdle, type Heap } from '../../src/operator/idle-gc.ts';
import { FakeTime } from '../async/fake-time.ts';

const megabyte = 1024 * 1024;
const halfAMinute = 30_000;

describe('memory', () => {
  let time: FakeTime;
  let stop: AbortController;
  let now: { utilization: number; heap: number };
  let given: number;

  beforeEach(() => {
    time = new FakeTime();
    stop = new AbortController();
    now = { utilization: 0.01, heap: 50 * megabyte };
    given = 0;
    const engine: Heap = {
      utilization: () => now.utilization,
      heapBytes: () => now.heap,
      collect: () => {
        given += 1;
        now.heap = 30 * megabyte;
      },
    };
    collectWhenIdle(engine, time, stop.signal);
  });

  test('goes back after half a minute of rest, and again when it has grown', async () => {
    await time.advance(halfAMinute - 1);
    expect(given).toBe(0);
    await time.advance(1);
    expect(given).toBe(1);
    now.heap = 37 * megabyte;
    await time.advance(10 * halfAMinute);
    expect(given).toBe(1);
    now.heap = 38 * megabyte;
    await time.advance(halfAMinute);
    expect(given).toBe(2);
  });

  test('is left alone while there is work', async () => {
    now.utilization = 0.05;
    await time.advance(10 * halfAMinute);
    expect(given).toBe(0);
  });

  test('is nobody’s care after the end', async () => {
    await time.advance(halfAMinute);
    stop.abort();
    expect(time.pending.size).toBe(0);
  });
});

describe('V8', () => {
  const run = async (script: string, ...flags: readonly string[]): Promise<unknown> => {
    const whole = `const { v8Heap } = await import('./src/operator/idle-gc.ts'); ${script}`;
    const args = [...flags, '--input-type=module', '-e', whole];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
  };

  test('gives back what nobody needs any more', async () => {
    const script = `
      const engine = v8Heap();
      let garbage = Array.from({ length: 1e6 }, (_, index) => ({ index }));
      const before = engine.heapBytes();
      garbage = undefined;
      engine.collect();
      console.log(JSON.stringify(engine.heapBytes() / before));
    `;
    expect(await run(script, '--expose-gc')).toBeLessThan(0.5);
  });

  test('tells work from rest', async () => {
    const script = `
      const engine = v8Heap();
      const end = performance.now() + 200;
      while (performance.now() < end);
      await new Promise(setImmediate);
      const work = engine.utilization();
      await new Promise(resolve => setTimeout(resolve, 500));
      console.log(JSON.stringify(work > engine.utilization()));
    `;
    expect(await run(script, '--expose-gc')).toBe(true);
  });

  test('does nothing where its collector is out of reach', async () => {
    expect(await run('console.log(JSON.stringify(v8Heap() === undefined))')).toBe(true);
  });
});
