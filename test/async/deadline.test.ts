import { describe, expect, test } from '@jest/globals';
import { endOfAll, onAbort, within } from '../../src/async/deadline.ts';
import { FakeTime } from './fake-time.ts';

const never = new AbortController().signal;

describe('onAbort', () => {
  test('runs once when the signal ends, now if it has, and not at all when taken back', () => {
    const controller = new AbortController();
    const ran: string[] = [];
    onAbort(controller.signal, () => ran.push('kept'));
    onAbort(controller.signal, () => ran.push('taken back'))();
    controller.abort();
    onAbort(controller.signal, () => ran.push('late'));
    expect(ran).toEqual(['kept', 'late']);
  });
});

describe('within', () => {
  test('answers what comes in time, and leaves no timer', async () => {
    const time = new FakeTime();
    expect(await within(1000, { timers: time, signal: never }, async () => 'value')).toBe('value');
    expect(time.pending.size).toBe(0);
  });

  test('answers undefined at the deadline, and signals the one that hangs', async () => {
    const time = new FakeTime();
    let given: AbortSignal | undefined;
    const answer = within(1000, { timers: time, signal: never }, signal => {
      given = signal;
      return new Promise<string>(() => undefined);
    });
    await time.advance(1000);
    expect(await answer).toBeUndefined();
    expect(given?.aborted).toBe(true);
  });

  test('answers undefined when the signal ends, and does not begin when it has', async () => {
    const time = new FakeTime();
    const controller = new AbortController();
    const limits = { timers: time, signal: controller.signal };
    const answer = within(1000, limits, () => new Promise<string>(() => undefined));
    controller.abort();
    expect(await answer).toBeUndefined();
    expect(await within(1000, limits, () => Promise.reject(new Error('begun')))).toBeUndefined();
    expect(time.pending.size).toBe(0);
  });

  test('lets a bug through', async () => {
    const limits = { timers: new FakeTime(), signal: never };
    await expect(within(1000, limits, () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
  });
});

describe('endOfAll', () => {
  test('ends with the last of several', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    using all = endOfAll([first.signal, second.signal]);
    first.abort();
    expect(all.signal.aborted).toBe(false);
    second.abort();
    expect(all.signal.aborted).toBe(true);
  });

  test('of one ends with that one', () => {
    const only = new AbortController();
    using all = endOfAll([only.signal]);
    only.abort();
    expect(all.signal.aborted).toBe(true);
  });
});
