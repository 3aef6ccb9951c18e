import { expect, test } from '@jest/globals';
import { canary, secretValue } from '../canary.ts';
import type { Battery } from './battery.ts';
import { read } from './match.ts';
import { isWell } from './oracle.ts';

/** Stalls `(a+)+$` and its kind for minutes. */
const staller = `${'a'.repeat(27)}!`;

const hostile: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'keys that are names of JavaScript': JSON.parse(
    `{"__proto__":"${canary}-p","constructor":"${canary}-c","toString":"${canary}-t","hasOwnProperty":"${canary}-h"}`,
  ),
  'text that stalls a backtracking regular expression': { [staller.slice(0, -1)]: staller, spaces: ' '.repeat(50_000) },
  'control characters and lone surrogates': { text: `${canary}\u0000\u0007\u2028\u202e`, crlf: 'a\r\nb\r\n' },
};

/** What a store may have as a value. */
export function values(battery: () => Battery): void {
  test.each(Object.entries(hostile))('takes %s as they are, and serves others meanwhile', async (_, value) => {
    const { world, bystander } = battery();
    const team = await world.team(secretValue('hostile').toLowerCase().slice(-12));
    await team.put('db', value);
    await team.refer('db');
    await bystander.rotates();
    await team.synced('db');
    const shown = await world.kubectl(
      'get',
      'secret',
      'db',
      '--namespace',
      team.namespace,
      '--output=jsonpath={.data}',
    );
    const kept = JSON.parse(shown, (key, text) =>
      key === '' ? text : Buffer.from(`${text}`, 'base64').toString('utf8'),
    );
    expect(Object.entries(kept).toSorted()).toEqual(Object.entries(value).toSorted());
    await isWell(battery());
  });

  /** More than OpenBao itself takes: other stores have no such bound. */
  test('takes 4,000 keys, and serves others meanwhile', async () => {
    const { world, bystander, store } = battery();
    const keys = Array.from({ length: 4000 }, (_, index) => [`key-${index}`, `${canary}-${index}`]);
    const team = await world.team('crowd');
    store
      .when(read('data/crowd/db'))
      .answer(200, { data: { data: Object.fromEntries(keys), metadata: { version: 1 } } });
    // No refresh of it falls into the quiet that the last test waits for.
    await team.refer('db', { refreshInterval: '0s', dataFrom: [team.extract('db')] });
    await bystander.rotates();
    const { status } = await team.synced('db');
    expect(status?.target?.keys).toBe(4000);
    expect((await team.secret('db'))?.text['key-3999']).toBe(`${canary}-3999`);
    await isWell(battery());
  });
}
