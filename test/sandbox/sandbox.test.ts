import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../src/core/fault.ts';
import { type ObjectKey, objectKey } from '../../src/core/object-key.ts';
import type { Result } from '../../src/core/result.ts';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { Asker, Sandbox, Task } from '../../src/sandbox/task.ts';
import { FakeClock } from '../kube/builders.ts';
import { until } from '../servers/process.ts';
import { crash, echo, exit, hog, spin, starve, surroundings, thread, unloadable } from './tasks.ts';

const entry = new URL('./worker.ts', import.meta.url);
const clock = new FakeClock();
const sandbox = (options: Partial<SandboxOptions> = {}): Sandbox => createSandbox({ entry, clock, ...options });
const where = 'spec.a';
const asker = (reference: ObjectKey = objectKey('etl', 'db'), signal = new AbortController().signal): Asker => ({
  reference,
  where,
  signal,
});
const forever = 60_000;
const message = (result: Result<unknown>): string =>
  result.ok ? 'no fault' : `${result.fault.kind}: ${result.fault.message}`;
const advice = 'make the expression simpler, or apply it to less';
const late = `unusable: spec.a was ended after 250 ms of computing: ${advice}`;
const resting = `unusable: spec.a was not computed: a computation of this reference was ended less than a minute ago; ${advice}, and it is tried again by itself`;
const fine = { ok: true, value: 'fine' };

describe('what goes in comes out as it was:', () => {
  test.each<[string, unknown]>([
    ['bytes', new Uint8Array([0, 255])],
    ['nothing', undefined],
    [
      'what JSON has no words for',
      { a: [1n, Number.NaN, new Date(0), new Map([['k', { b: null }]])], ['__proto__']: 1 },
    ],
    ['ten thousand names', Array.from({ length: 10_000 }, (_, index) => `etl/${index}`)],
  ])('%s', async (_, input) => {
    expect(await sandbox().run(echo, input, asker())).toEqual({ ok: true, value: input });
  });
});

test('a task sees nothing of the environment', async () => {
  expect(await sandbox().run(surroundings, undefined, asker())).toEqual({ ok: true, value: [] });
});

describe('a computation is ended, and the fault is that of its reference alone:', () => {
  const small = { deadlineMs: forever, memoryMb: 16 };
  test.each<[string, Partial<SandboxOptions>, (box: Sandbox) => Promise<Result<unknown>>, string]>([
    ['at its deadline', {}, box => box.run(spin, forever, asker()), late],
    [
      'when the machine gives it no time, by the clock',
      { deadlineMs: 50 },
      box => box.run(starve, forever, asker()),
      `unusable: spec.a was ended after 50 ms of computing: ${advice}`,
    ],
    [
      'at its limit of memory',
      small,
      box => box.run(hog, undefined, asker()),
      `unusable: spec.a was ended because it needed more than 16 MB of memory: ${advice}`,
    ],
    [
      'when it throws, of which nothing is said',
      {},
      box => box.run(crash, 'canary', asker()),
      `unusable: spec.a was ended by an error of the operator's own: please report it; until then, ${advice}`,
    ],
    [
      'when it ends the worker',
      {},
      box => box.run(exit, undefined, asker()),
      `unusable: spec.a was ended by an error of the operator's own: please report it; until then, ${advice}`,
    ],
  ])('%s', async (_, options, run, fault) => {
    const box = sandbox(options);
    const others = Promise.all(['b', 'c'].map(name => box.run(echo, 'fine', asker(objectKey(name, 'x')))));
    const [first, ...rest] = [
      await run(box),
      ...(await others),
      await box.run(echo, 'fine', asker(objectKey('b', 'x'))),
    ];
    expect(message(first ?? fine)).toBe(fault);
    expect(rest).toEqual([fine, fine, fine]);
    expect(message(await box.run(echo, 'fine', asker()))).toBe(resting);
  });
});

test('a machine that gives it little time is no reason to end it', async () => {
  expect(await sandbox().run(starve, 600, asker())).toEqual({ ok: true, value: 'woke' });
});

test('what cannot be loaded is the fault of nobody', async () => {
  const box = sandbox();
  expect(message(await box.run(unloadable, undefined, asker()))).toBe(
    'unavailable: spec.a: the sandbox that computes it could not be started',
  );
  expect(await box.run(echo, 'fine', asker())).toEqual(fine);
});

test('a reference that was ended is computed for again after a minute, and no other waits for that', async () => {
  const box = sandbox({ deadlineMs: 50 });
  await box.run(spin, forever, asker());
  clock.pass(59_000);
  expect(message(await box.run(echo, 'fine', asker()))).toBe(resting);
  expect(await box.run(echo, 'fine', asker(objectKey('etl', 'other')))).toEqual(fine);
  clock.pass(1000);
  expect(await box.run(echo, 'fine', asker())).toEqual(fine);
});

test('of the computations of one reference that wait together, one is ended and the others are not begun', async () => {
  const box = sandbox();
  const all = await Promise.all([1, 2, 3].map(() => box.run(spin, forever, asker())));
  expect(all.map(message)).toEqual([late, resting, resting]);
});

test('whoever waits behind many that are ended waits for one of them', async () => {
  const box = sandbox({ deadlineMs: 50 });
  const order: string[] = [];
  const run = async (task: Task<number, unknown>, reference: ObjectKey) => {
    const result = await box.run(task, forever, asker(reference));
    order.push(result.ok ? 'answered' : 'ended');
  };
  const slow = Array.from({ length: 6 }, (_, index) => run(spin, objectKey('attacker', `${index}`)));
  await Promise.all([...slow, run(echo, objectKey('victim', 'db'))]);
  expect(order).toEqual(['ended', 'answered', ...Array.from({ length: 5 }, () => 'ended')]);
});

describe('a caller that is no longer there', () => {
  const gone: Fault = { kind: 'unavailable', reason: 'ProviderUnavailable', message: 'spec.a is no longer asked for' };

  test('waits no longer for a computation that runs', async () => {
    const abort = new AbortController();
    const box = sandbox();
    const running = box.run(spin, forever, asker(objectKey('etl', 'db'), abort.signal));
    abort.abort();
    expect(await running).toEqual({ ok: false, fault: gone });
    expect(await box.run(echo, 'fine', asker(objectKey('etl', 'other')))).toEqual(fine);
  });

  test('leaves the line', async () => {
    const abort = new AbortController();
    const box = sandbox({ deadlineMs: 50 });
    const first = box.run(spin, forever, asker(objectKey('etl', 'a')));
    const second = box.run(spin, forever, asker(objectKey('etl', 'b'), abort.signal));
    abort.abort();
    expect(await second).toEqual({ ok: false, fault: gone });
    await first;
    expect(await box.run(echo, 'fine', asker(objectKey('etl', 'b')))).toEqual(fine);
  });
});

test('an idle worker gives its memory back, and the next task has another', async () => {
  const box = sandbox({ idleMs: 1 });
  const first = await box.run(thread, undefined, asker());
  await until('another worker', async () => {
    const next = await box.run(thread, undefined, asker());
    return first.ok && next.ok && next.value !== first.value;
  });
  const busy = sandbox();
  const same = [await busy.run(thread, undefined, asker()), await busy.run(thread, undefined, asker())];
  expect(same[0]).toEqual(same[1]);
});

test('a task that runs does not keep the process alive', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [`${import.meta.dirname}/left-running.ts`]);
  expect(stdout).toBe('it runs, and the process ends\n');
});
