import { expect, test } from '@jest/globals';
import { BodyBudget } from '../../src/net/body-budget.ts';
import { answer } from './raw-server.ts';
import { get, never, server, transport } from './setting.ts';

const MiB = 1024 * 1024;

const unmoved = () => {
  throw new Error('nobody needs its room');
};

test('a tenant has 16 MiB, and again what was released', () => {
  const budget = new BodyBudget();
  const first = budget.reserve('etl', unmoved);
  const second = budget.reserve('etl', unmoved);
  expect([first.take(10 * MiB), second.take(6 * MiB), second.take(1)]).toEqual([true, true, false]);
  first.release();
  expect([second.take(10 * MiB), second.take(1)]).toEqual([true, false]);
});

test('when all is taken, who holds most gives up the largest answer for who holds less', () => {
  const budget = new BodyBudget();
  const gone: string[] = [];
  const hold = (tenant: string, mebibytes: number) => {
    const body = budget.reserve(tenant, () => void gone.push(`${tenant} ${mebibytes}`));
    return { body, took: body.take(mebibytes * MiB) };
  };
  for (const tenant of ['a', 'b', 'c', 'd']) for (const size of [4, 5, 7]) hold(tenant, size);
  const victim = hold('victim', 1);
  expect([victim.took, gone]).toEqual([true, ['a 7']]);
  expect(victim.body.take(6 * MiB)).toBe(true);
  expect(victim.body.take(5 * MiB)).toBe(true);
  expect(gone).toEqual(['a 7', 'b 7']);
  expect(victim.body.take(3 * MiB)).toBe(true);
  expect(hold('d', 1).took).toBe(false);
});

test('who has been moved takes nothing more', () => {
  const budget = new BodyBudget();
  const moved = budget.reserve('a', () => undefined);
  const others = ['b', 'c', 'd'].map(tenant => budget.reserve(tenant, () => undefined));
  for (const body of [moved, ...others]) body.take(16 * MiB);
  expect(budget.reserve('victim', unmoved).take(MiB)).toBe(true);
  expect(moved.take(1)).toBe(false);
});

test('however many tenants there are, no more than the whole is taken, and each gets some', () => {
  const budget = new BodyBudget();
  const held = new Map<number, number>();
  const step = 16 * 1024;
  for (let tenant = 0; tenant < 500; tenant++) {
    const room = budget.reserve(`${tenant}`, () => held.delete(tenant));
    for (let more = 0; more < 20 && room.take(step); more++) held.set(tenant, (held.get(tenant) ?? 0) + step);
    expect(held.get(tenant)).toBeGreaterThanOrEqual(step);
  }
  expect([...held.values()].reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(64 * MiB);
});

test('answers that never end take the share of their tenant alone: its next is refused, that of another is read', async () => {
  const bodies = new BodyBudget();
  const most = Buffer.alloc(3 * MiB, 'x');
  const hanging = await server(socket => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${4 * MiB}\r\n\r\n`);
    socket.write(most);
  });
  const store = await server(socket => socket.write(answer(200, [], 'fine')));
  const stop = new AbortController();
  const attacker = transport({ bodies, tenant: 'attacker', deadlineMs: 300_000 });
  const refusals: unknown[] = [];
  const refused = Promise.withResolvers<void>();
  const attacks = Array.from({ length: 8 }, async () => {
    const result = await attacker.request(get(hanging.port), stop.signal);
    if (!result.ok) refusals.push(result.fault.kind);
    refused.resolve();
  });
  await refused.promise;
  expect(refusals[0]).toBe('no-room');
  const victim = transport({ bodies, tenant: 'victim' });
  expect(await victim.request(get(store.port), never)).toMatchObject({ ok: true });
  // One pool, and the tenant of the call counts.
  expect(await attacker.request({ ...get(store.port), tenant: 'victim' }, never)).toMatchObject({ ok: true });
  stop.abort();
  await Promise.all(attacks);
  expect(await attacker.request(get(store.port), never)).toMatchObject({ ok: true });
});
