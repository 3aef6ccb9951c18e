import { expect, test } from '@jest/globals';
import { listenTo } from '../../src/kube/stillness.ts';
import { FakeClock } from './builders.ts';

test('it is still when no call is under way, from the end of the last one on', async () => {
  const clock = new FakeClock();
  const answer = Promise.withResolvers<{ kind: 'lost' }>();
  const { call, stillMs } = listenTo(() => answer.promise, clock);
  clock.pass(70);
  expect(stillMs()).toBe(70);
  const calls = [1, 2].map(() => call({ method: 'GET', path: '/' }, { signal: new AbortController().signal }));
  clock.pass(50);
  expect(stillMs()).toBe(0);
  answer.resolve({ kind: 'lost' });
  await Promise.all(calls);
  clock.pass(20);
  expect(stillMs()).toBe(20);
});
