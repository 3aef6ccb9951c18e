import { describe, expect, test } from '@jest/globals';
import { observe } from '../../../../src/controllers/secret-reference/observe.ts';
import { mapOk } from '../../../../src/core/result.ts';
import { type ReferenceBuilder, reference, wants } from '../../builders.ts';
import type { Fields } from '../../fields.ts';
import { clusterSource, namespace, source } from '../../objects.ts';
import { unwrap } from '../../outcomes.ts';
import { World } from '../../world.ts';

const entry = (secretKey: string, key: string, fields: Fields = {}, more: Fields = {}): Fields => ({
  secretKey,
  remoteRef: { key, ...fields },
  ...more,
});
const asking = (...data: readonly Fields[]) => reference().spec({ data });

function readsOf(builder: ReferenceBuilder, allowedKeys?: readonly string[]) {
  const world = new World();
  if (allowedKeys) world.api.put('secretsources', source('vault', { allowedKeys }, { generation: 2 }));
  world.api.put('namespaces', namespace('etl', { env: 'prod' }));
  world.add(builder);
  return mapOk(world.observe().wanted, ({ reads }) => reads);
}
const planned = (builder: ReferenceBuilder) =>
  unwrap(readsOf(builder)).map(({ key, version, entries }) => [key, version, entries.length]);

describe('one read', () => {
  test.each<[string, ReferenceBuilder, readonly unknown[]]>([
    ['serves all entries of one remote key', reference().spec(wants('a', 'b', 'c')), [['etl/db', undefined, 3]]],
    [
      'serves dataFrom as well',
      reference().spec({ dataFrom: [{ extract: { key: 'etl/db' } }] }),
      [['etl/db', undefined, 2]],
    ],
    [
      'is made of each key',
      asking(entry('a', 'x'), entry('b', 'y')),
      [
        ['x', undefined, 1],
        ['y', undefined, 1],
      ],
    ],
    [
      'is made of each version',
      asking(entry('a', 'x', { version: '7' }), entry('b', 'x'), entry('c', 'x', { version: '7' })),
      [
        ['x', '7', 2],
        ['x', undefined, 1],
      ],
    ],
  ])('%s', (_, builder, expected) => {
    expect(planned(builder)).toEqual(expected);
  });

  test('is made of each source, though the key is the same', () => {
    const world = new World();
    world.api.put('clustersecretsources', clusterSource('vault-prod'));
    const other = { sourceRef: { kind: 'ClusterSecretSource', name: 'vault-prod' } };
    world.add(asking(entry('a', 'x'), entry('b', 'x', {}, other)));
    expect(unwrap(world.observe().wanted).reads.map(({ source: { access } }) => access.label)).toEqual([
      'SecretSource vault',
      'ClusterSecretSource vault-prod',
    ]);
  });
});

describe('nothing is read', () => {
  test.each<[string, ReferenceBuilder, readonly string[] | undefined, string]>([
    [
      'when one key of many is not allowed',
      asking(entry('a', 'etl/x'), entry('b', 'web/x')),
      ['etl/**'],
      'KeyNotAllowed',
    ],
    ['when allowedKeys is empty', asking(entry('a', 'etl/x')), [], 'KeyNotAllowed'],
    ['when a key climbs out of what is allowed', asking(entry('a', 'etl/../web/x')), ['etl/**'], 'InvalidSpec'],
    ['when a key is hidden by a percent sign', asking(entry('a', 'etl/%2e%2e/x')), ['etl/**'], 'InvalidSpec'],
    ['when a key has an empty segment', asking(entry('a', 'etl//x')), ['**'], 'InvalidSpec'],
    [
      'when one of several sources is missing',
      asking(entry('a', 'x'), entry('b', 'y', {}, { sourceRef: { name: 'no' } })),
      undefined,
      'SourceNotFound',
    ],
  ])('%s', (_, builder, allowedKeys, reason) => {
    expect(readsOf(builder, allowedKeys)).toMatchObject({ ok: false, fault: { reason } });
  });

  test('and the message names entry, key and source', () => {
    const refused = readsOf(asking(entry('PASSWORD', 'web/x')), ['etl/**']);
    expect(refused).toMatchObject({
      fault: {
        message: expect.stringMatching(
          /^spec\.data\[PASSWORD\]: namespace etl may not read web\/x from SecretSource vault: /,
        ),
      },
    });
  });

  test.each([
    ['{labels.env}/*', true],
    ['etl/*', false],
  ])('and says so where %s stands for labels that may not be read: %s', (pattern, says) => {
    const world = new World();
    world.api.put('secretsources', source('vault', { allowedKeys: [pattern] }, { generation: 2 }));
    world.add(asking(entry('a', 'prod/db')));
    const observed = observe('etl/db', { ...world.ports, caches: { ...world.caches, watchesNamespaces: false } });
    const unread = '{labels.…} stands for nothing: the operator serves single namespaces';
    expect(JSON.stringify(observed?.wanted).includes(unread)).toBe(says);
    expect(observed?.wanted).toMatchObject({ fault: { reason: 'KeyNotAllowed' } });
  });

  test('from a source whose spec is wrong: it is the source that has to be fixed', () => {
    const world = new World();
    world.api.put('secretsources', source('vault', { allowedKeys: ['/x'] }, { generation: 2 }));
    world.add(reference());
    expect(world.observe().wanted).toMatchObject({
      fault: {
        reason: 'SourceInvalid',
        message: expect.stringMatching(/^SecretSource vault cannot be used: spec\.allowedKeys\[0\]/),
      },
    });
  });
});

describe('what is allowed', () => {
  test.each([
    ['{namespace}/**', 'etl/a/b'],
    ['{labels.env}/*', 'prod/db'],
    ['shared/*-conn', 'shared/dw-conn'],
  ])('%s covers %s', (pattern, key) => {
    expect(readsOf(asking(entry('a', key)), [pattern]).ok).toBe(true);
  });
});

describe('the version that is served now', () => {
  const twice = asking(entry('old', 'x', { version: '1' }), entry('new', 'x')).synced();
  const served = (builder: ReferenceBuilder) => unwrap(readsOf(builder)).map(read => read.served);
  const remote = (...versions: readonly (string | undefined)[]) =>
    versions.map(version => ({ source: 'vault', key: 'x', ...(version === undefined ? {} : { version }) }));

  test.each<[string, ReferenceBuilder, readonly unknown[]]>([
    ['is that of status', asking(entry('a', 'etl/db')).synced(), ['1']],
    ['is unknown before the first sync', asking(entry('a', 'etl/db')), [undefined]],
    ['is unknown for a key that is new', asking(entry('a', 'new')).synced(), [undefined]],
    [
      'is unknown from a store without versions',
      twice.status({ remote: remote(undefined, undefined) }),
      [undefined, undefined],
    ],
    ['is kept apart when a key is read in two versions', twice.status({ remote: remote('1', '9') }), ['1', '9']],
    ['is unknown when one of the two was absent', twice.status({ remote: remote('1') }), [undefined, undefined]],
  ])('%s', (_, builder, expected) => {
    expect(served(builder)).toEqual(expected);
  });

  test('of a source of another name is none of ours', () => {
    const builder = asking(entry('a', 'x'))
      .synced()
      .status({ remote: [{ source: 'other', key: 'x', version: '9' }] });
    expect(served(builder)).toEqual([undefined]);
  });
});
