import { expect, test } from '@jest/globals';
import { hardening } from '../../image/program.ts';
import { secretValue } from '../canary.ts';
import { bundle, startOperator } from './operator.ts';
import { useWorld } from './world.ts';

const world = useWorld();

/** What one object may have of them. */
const annotations = { note: 'n'.repeat(255 * 1024) };
const count = (length: number) => Array.from({ length }, (_, n) => n);
const atOnce = 25;
/** MiB, where the container's 512 make 333; the objects of two pages take more than that when they are parsed. */
const heap = 110;

/** Of the size that the API server takes: as many entries as there may be, with the longest keys. */
const reference = (name: string, namespace: string) => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'SecretReference' as const,
  metadata: { name, namespace, annotations },
  spec: {
    suspend: true,
    data: count(256).map(n => ({
      secretKey: `${n}-${'k'.repeat(240)}`,
      remoteRef: { key: `etl/${n}-${'r'.repeat(1000)}`, property: 'p'.repeat(250) },
    })),
  },
});

const secret = (name: string, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret' as const,
  metadata: { name, namespace, annotations, labels: { 'shearline.dev/managed': 'true' } },
});

const account = (name: string, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount' as const,
  metadata: { name, namespace, annotations },
});

test('a start with little memory survives pages of the largest objects that a namespace can make', async () => {
  const { cluster, controlPlane, operator, team } = world();
  const { namespace } = await team('large');
  await operator.stop();
  const all = [
    ...count(20).map(n => reference(`large-${n}`, namespace)),
    ...count(350).flatMap(n => [secret, account].map(make => make(`large-${n}`, namespace))),
  ];
  for (let from = 0; from < all.length; from += atOnce)
    await Promise.all(all.slice(from, from + atOnce).map(object => cluster.create(object)));
  const program = [process.execPath, ...hardening, `--max-old-space-size=${heap}`, bundle] as const;
  const small = await startOperator(controlPlane, [], {}, { program });
  try {
    expect(await small.metrics()).toMatch(/^shearline_references\{.*\} 20$/m);
    expect(small.running()).toBe(true);
  } finally {
    await small.stop();
    await operator.start();
  }
}, 300_000);

test('what others note on a Secret stays when it is written again, although nobody holds so much of it', async () => {
  const team = await world().teamInStep('noted');
  await team.tamper('db', { metadata: { annotations } });
  await team.put('db', { password: secretValue() });
  await team.rotate('db', 't1');
  expect((await team.secret('db'))?.metadata.annotations).toMatchObject(annotations);
});
