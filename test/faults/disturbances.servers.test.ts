import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { useBattery } from './battery.ts';
import { staysQuiet } from './idle.ts';
import { comesBack, type Outage, suffers } from './outage.ts';
import { stopSickOpenBaos } from './sick-openbao.ts';
import { values } from './values.ts';
import { watches } from './watches.ts';
import { writes } from './writes.ts';

const battery = useBattery();

// A store is away all the while, and for five minutes at least: nothing else waits for them.
const away = { begun: Promise.withResolvers<void>(), others: Promise.withResolvers<void>() };
let outage: Promise<unknown>;
beforeAll(async () => {
  const end: Outage['end'] = async (...store) => {
    away.begun.resolve();
    await Promise.all([sleep(5 * 60_000), away.others.promise]);
    await comesBack(battery())(...store);
  };
  const stopped = { reason: 'ProviderUnavailable', token: 'waits', own: true } as const;
  const story = suffers(battery(), 'away', { ...stopped, begin: (_, bao) => bao.server.kill(), end });
  outage = story.catch((problem: unknown) => problem);
  await Promise.race([away.begun.promise, outage]);
});
afterAll(stopSickOpenBaos);

describe('watches', () => watches(battery));
describe('values', () => values(battery));
describe('writes', () => writes(battery));

test('keeps the last good Secret, and rotates once, when the store is stopped for five minutes', async () => {
  away.others.resolve();
  expect(await outage).toBeUndefined();
}, 400_000);

test('writes nothing for three refresh intervals afterwards', () => staysQuiet(battery()));
