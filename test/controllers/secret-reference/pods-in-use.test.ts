import { afterEach, expect, jest, test } from '@jest/globals';
import { createPodsInUse } from '../../../src/controllers/secret-reference/pods-in-use.ts';
import { failed, ok } from '../../../src/core/result.ts';
import type { KubeClient } from '../../../src/kube/api.ts';
import { FakeClock } from '../../kube/builders.ts';

const { signal } = new AbortController();
const executor = (id: number, startTime?: string) => ({
  metadata: { name: `executor-${id}`, labels: { 'spark-app-selector': 'spark-4711' } },
  spec: { containers: [{ envFrom: [{ secretRef: { name: 'db-r6' } }] }] },
  status: { phase: 'Running', ...(startTime === undefined ? {} : { startTime }) },
});
const bystander = { metadata: { name: 'idle' }, spec: { containers: [{ name: 'idle' }] } };

/** Answers these pages, one after the other, and counts the questions. */
function pagesOf(...pages: readonly (readonly unknown[])[]) {
  const asked: (string | undefined)[] = [];
  const list: KubeClient['list'] = async (_resource, _namespace, page) => {
    asked.push(page.continue);
    const index = page.continue === undefined ? 0 : Number(page.continue);
    const isLast = index + 1 >= pages.length;
    return ok({ items: pages[index] ?? [], metadata: isLast ? {} : { continue: `${index + 1}` } });
  };
  return { asked, list };
}

afterEach(() => {
  jest.useRealTimers();
});

test('pods of all pages that read alike are counted together, and others are not kept', async () => {
  const started = '2026-01-01T00:00:00Z';
  const client = pagesOf(
    [executor(1, started), bystander],
    [executor(2)],
    [{ ...executor(3), status: { phase: 'Failed' } }],
  );
  const found = await createPodsInUse(client, new FakeClock()).readers('etl', signal);
  expect(found).toEqual(
    ok([
      {
        owner: 'Spark/spark-4711',
        reads: [{ name: 'db-r6', once: true }],
        startedAt: [Date.parse(started), undefined],
      },
    ]),
  );
  expect(client.asked).toEqual([undefined, '1', '2']);
});

test('those who ask at once share one list, and the next is a minute later', async () => {
  const [client, clock] = [pagesOf([executor(1)]), new FakeClock()];
  const pods = createPodsInUse(client, clock);
  const at = clock.steadyMs;
  const [one, other] = await Promise.all([pods.readers('etl', signal), pods.readers('etl', signal)]);
  expect([one.ok, one === other || other.ok, client.asked.length]).toEqual([true, true, 1]);
  clock.steadyMs += 30_000;
  expect(await pods.readers('etl', signal)).toEqual(failed({ why: 'later', askAgainAt: at + 60_000 }));
  clock.steadyMs += 30_000;
  expect([(await pods.readers('etl', signal)).ok, client.asked.length]).toEqual([true, 2]);
});

test('an answer is let go after five seconds, whether or not somebody asks again', async () => {
  jest.useFakeTimers();
  const pods = createPodsInUse(pagesOf([executor(1)]), new FakeClock());
  await pods.readers('etl', signal);
  expect((await pods.readers('etl', signal)).ok).toBe(true);
  jest.advanceTimersByTime(5_000);
  expect((await pods.readers('etl', signal)).ok).toBe(false);
});

test.each([
  [{ kind: 'refused', cause: 'forbidden' }, 'forbidden'],
  [{ kind: 'refused', cause: 'unauthenticated' }, 'later'],
  [{ kind: 'unavailable' }, 'later'],
] as const)('%j is no answer: %s', async (fault, why) => {
  const pods = createPodsInUse({ list: async () => failed(fault) }, new FakeClock());
  expect(await pods.readers('etl', signal)).toMatchObject({ ok: false, fault: { why } });
});
