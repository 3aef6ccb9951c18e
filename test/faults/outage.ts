import { expect } from '@jest/globals';
import { canary } from '../canary.ts';
import { conditionOf } from '../scenarios/objects.ts';
import type { OpenBao } from '../servers/openbao.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import type { Battery } from './battery.ts';
import { update } from './match.ts';
import type { FaultProxy } from './proxy.ts';
import { startSickOpenBao } from './sick-openbao.ts';

/** A store that fails while a rotation is asked for. */
export interface Outage {
  readonly begin: (store: FaultProxy, bao: OpenBao) => Promise<unknown> | unknown;
  /** Beside that the rules of the proxy end. */
  readonly end?: (store: FaultProxy, bao: OpenBao, key: string) => Promise<unknown> | unknown;
  /** An OpenBao of its own, for what would hurt others. */
  readonly own?: boolean;
  /** What the reference tells meanwhile. */
  readonly reason: string;
  /** The token waits for the store, or it is answered with Failed and asked again. */
  readonly token: 'waits' | 'fails';
}

/** The last good Secret stays, the reference says why, and afterwards the rotation is made, once. */
export async function suffers(battery: Battery, name: string, outage: Outage): Promise<void> {
  const { begin, end, reason, token } = outage;
  const { world, api, addSource } = battery;
  const bao = outage.own === true ? await startSickOpenBao(world.controlPlane) : world.bao;
  const [team, store] = await Promise.all([world.team(name), addSource(name, bao.address)]);
  const here = { namespace: name };
  const key = `${name}/db`;
  await putSecret(bao, key, first);
  const sourceRef = { kind: 'ClusterSecretSource', name };
  await team.refer('db', { sourceRef, dataFrom: [team.extract('db')], target: { deletionPolicy: 'Delete' } });
  await team.synced('db');
  await putSecret(bao, key, second);
  const since = api.journal.length;

  await begin(store, bao);
  await team.annotate('db', { 'shearline.dev/rotate': 'token-1' });
  await team.failing('db', reason);
  const suffering = await team.reference('db');
  expect(conditionOf(suffering, 'Ready')?.status).toBe('True');
  expect(suffering.status?.rotation?.lastHandled).toBe(token === 'waits' ? undefined : 'token-1');
  expect((await team.secret('db'))?.text).toEqual(first);
  expect(store.idleRules()).toEqual([]);

  store.calm();
  await end?.(store, bao, key);
  const answered = token === 'waits' ? 'token-1' : 'token-2';
  if (token === 'fails') await team.annotate('db', { 'shearline.dev/rotate': answered });
  await team.until('db', 'the rotation succeeded', ({ status }) => status?.rotation?.lastSucceeded === answered);
  expect((await team.secret('db'))?.text).toEqual(second);
  expect(api.journal.writes(here, since).filter(({ call }) => call.resource === 'secrets')).toMatchObject([
    { call: update('secrets', here) },
  ]);
}

export const first = { password: `${canary}-1` };
export const second = { password: `${canary}-2` };

/** An end: another process at the same address, with the same secrets, and without the logins of before. */
export const comesBack =
  ({ world }: Battery) =>
  async (store: FaultProxy, _: OpenBao, key: string): Promise<void> => {
    const next = await startSickOpenBao(world.controlPlane);
    for (const version of [first, second]) await putSecret(next, key, version);
    store.turnTo({ address: next.address });
  };
