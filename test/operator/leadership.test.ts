import { expect, test } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { DedicatedConnection } from '../../src/kube/connections.ts';
import type { Answer } from '../../src/kube/http.ts';
import { leaseBody } from '../../src/kube/lease.ts';
import { runWithLease } from '../../src/operator/leadership.ts';

const claim = { holder: 'me', durationMs: 15_000, renewTime: 0, acquireTime: 0, transitions: 0 };
const metadata = { name: 'operator', namespace: 'shearline', uid: 'lease-1', resourceVersion: '1' };
const free = { metadata: { resourceVersion: '1' }, items: [] };

/** A cluster whose Lease is free whenever it is looked for; a watch of it shows nothing and ends with its signal. */
const channel = (): DedicatedConnection => ({
  call: async ({ method }): Promise<Answer> => ({
    kind: 'answered',
    status: method === 'GET' ? 200 : 201,
    body:
      method === 'GET' ? free : { ...JSON.parse(JSON.stringify(leaseBody('operator', 'shearline', claim))), metadata },
  }),
  open: (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  renew: async () => undefined,
});

test('standing by again and again opens no more connections: those of the first time serve', async () => {
  const channels: DedicatedConnection[] = [];
  const open = () => {
    const opened = channel();
    channels.push(opened);
    return opened;
  };
  const stop = new AbortController();
  const opened: number[] = [];
  const options = {
    transport: { dedicated: open },
    namespace: 'shearline',
    leaseName: 'operator',
    identity: 'me',
    clock: systemClock,
    report: () => undefined,
    onRefused: () => undefined,
    onForbidden: () => undefined,
  };
  await runWithLease(options, stop.signal, async ({ release }) => {
    opened.push(channels.length);
    await release();
    if (opened.length === 4) stop.abort();
  });
  expect(opened).toEqual([2, 2, 2, 2]);
});
