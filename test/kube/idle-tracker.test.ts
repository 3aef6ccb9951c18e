import { expect, test } from '@jest/globals';
import { trackIdle } from '../../src/kube/events.ts';
import { FakeClock } from './builders.ts';

test('it is still when no call is under way, from the end of the last one on', async () => {
  const clock = new FakeClock();
  const answer = Promise.withResolvers<{ kind: 'no-response' }>();
  const { call, idleMs: stillMs } = trackIdle(() => answer.promise, clock);
  clock.pass(70);
  expect(stillMs()).toBe(70);
  const calls = [1, 2].map(() => call({ method: 'GET', path: '/' }, { signal: new AbortController().signal }));
  clock.pass(50);
  expect(stillMs()).toBe(0);
  answer.resolve({ kind: 'no-response' });
  await Promise.all(calls);
  clock.pass(20);
  expect(stillMs()).toBe(20);
});
