import { describe, expect, test } from '@jest/globals';
import { sparkConf, textOfConf } from '../../src/cli/spark-conf/conf.ts';
import { pinnedNow } from '../../src/cli/spark-conf/spark-conf.ts';
import { reference } from '../controllers/builders.ts';
import { cli } from './cli.ts';

const pinned = { name: 'warehouse-r7', of: 'warehouse' };
const conf = (env: readonly string[], mount?: string) => sparkConf(pinned, { env, mount });

test('driver and executors get the same revision, as environment, as files, and in the label that says so', () => {
  const found = conf(['DB_PASSWORD=password', 'user'], '/etc/warehouse');
  expect(found.ok && textOfConf(found.value, 'properties')).toBe(
    ['driver', 'executor']
      .flatMap(who => [
        `spark.kubernetes.${who}.secretKeyRef.DB_PASSWORD warehouse-r7:password\n`,
        `spark.kubernetes.${who}.secretKeyRef.user warehouse-r7:user\n`,
        `spark.kubernetes.${who}.secrets.warehouse-r7 /etc/warehouse\n`,
        `spark.kubernetes.${who}.label.shearline.dev/pinned-warehouse warehouse-r7\n`,
      ])
      .join(''),
  );
});

test('as arguments each is one word for a shell', () => {
  const found = conf(['password']);
  const lines = found.ok ? textOfConf(found.value, 'args').trim().split('\n') : [];
  expect(lines.map(line => line.split(' ')[0])).toEqual(Array.from({ length: 4 }, () => '--conf'));
  expect(lines[0]).toBe('--conf spark.kubernetes.driver.secretKeyRef.password=warehouse-r7:password');
});

test.each([
  ['a variable without a name', ['=password'], undefined, 'KEY or VARIABLE=KEY'],
  ['a key with a space', ['a b'], undefined, 'KEY or VARIABLE=KEY'],
  ['what a shell would carry out', ['$(id)'], undefined, 'KEY or VARIABLE=KEY'],
  ['a directory that is relative', [], 'etc', 'such as /etc/warehouse'],
  ['a directory with a space', [], '/etc/a b', 'without spaces'],
])('%s is refused', (_, env, mount, says) => {
  expect(conf(env, mount)).toEqual({ ok: false, fault: expect.stringContaining(says) });
});

describe('the revision', () => {
  const target = {
    name: 'db',
    generation: 1,
    revision: 7,
    keys: 1,
    resourceVersion: '5',
    pinned: { name: 'db-r7', uid: 'u' },
  };
  const spec = { delivery: { mode: 'Pinned' } };
  test.each([
    [
      'is the one that is published',
      reference().spec(spec).status({ target }),
      { ok: true, value: { name: 'db-r7', of: 'db' } },
    ],
    ['is none of delivery Live', reference(), { ok: false, fault: expect.stringContaining('delivery.mode: Pinned') }],
    [
      'is none before the first sync',
      reference().spec(spec),
      { ok: false, fault: expect.stringContaining('no revision yet') },
    ],
  ])('%s', (_, builder, found) => {
    expect(pinnedNow(builder.parsed)).toEqual(found);
  });
});

test('help says what it is for', async () => {
  const { out } = await cli(['spark-conf', '--help']);
  expect(out).toContain('spark-submit $(shearline spark-conf');
});
