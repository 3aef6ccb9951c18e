import { describe, expect, test } from '@jest/globals';
import type { Namespace } from '../../../../src/controllers/secret-reference/nouns/observed.ts';
import { resolveSource } from '../../../../src/controllers/secret-reference/reads/resolve-source.ts';
import { type ReferenceBuilder, reference } from '../../builders.ts';
import { FakeCaches } from '../../caches.ts';
import type { Fields } from '../../fields.ts';
import { clusterSource, namespace, parsedMetadata, source } from '../../objects.ts';
import { unwrap } from '../../outcomes.ts';

const etl: Namespace = {
  ...parsedMetadata(namespace('etl', { team: 'etl' })).metadata,
  known: true,
  terminating: false,
};
const unknown: Namespace = { name: 'etl', known: false, labels: {}, terminating: false };
const isDefault = { default: true };
const cluster = (name: string): Fields => ({ kind: 'ClusterSecretSource', name });
const usesDefault = reference().spec({ sourceRef: undefined });

interface There {
  readonly sources?: readonly Fields[];
  readonly clusterSources?: readonly Fields[];
}

/** `SecretSource vault`, or the reason why there is none. */
function resolved(builder: ReferenceBuilder, { sources = [], clusterSources = [] }: There): string {
  const found = lookUp(builder, { sources, clusterSources });
  return found.ok ? `${found.value.kind} ${found.value.metadata.name}` : found.fault.reason;
}

function lookUp(builder: ReferenceBuilder, { sources = [], clusterSources = [] }: There, asking = etl) {
  const caches = new FakeCaches();
  for (const each of sources) caches.sources.put(each);
  for (const each of clusterSources) caches.clusterSources.put(each);
  const parsed = builder.parsed;
  return resolveSource(unwrap(parsed.spec).sourceRef, parsed, asking, caches);
}

const serving = (namespaces: Fields, more: Fields = {}) => clusterSource('shared', { namespaces, ...more });

describe('a source that is named', () => {
  test.each<[string, Fields, There, string]>([
    ['is found in the own namespace', { name: 'vault' }, { sources: [source()] }, 'SecretSource vault'],
    [
      'is not looked for in another namespace',
      { name: 'vault' },
      { sources: [source('vault', {}, { namespace: 'other' })] },
      'SourceNotFound',
    ],
    [
      'is not looked for among cluster sources',
      { name: 'shared' },
      { clusterSources: [clusterSource('shared')] },
      'SourceNotFound',
    ],
    [
      'may be a cluster source',
      cluster('shared'),
      { clusterSources: [clusterSource('shared')] },
      'ClusterSecretSource shared',
    ],
    ['is not looked for among those of the namespace', cluster('vault'), { sources: [source()] }, 'SourceNotFound'],
    [
      'has to serve the namespace: by its name',
      cluster('shared'),
      { clusterSources: [serving({ names: ['etl'] })] },
      'ClusterSecretSource shared',
    ],
    [
      'has to serve the namespace: by its labels',
      cluster('shared'),
      { clusterSources: [serving({ selector: { matchLabels: { team: 'etl' } } })] },
      'ClusterSecretSource shared',
    ],
    [
      'has to serve the namespace, and not another',
      cluster('shared'),
      { clusterSources: [serving({ names: ['other'] })] },
      'NamespaceNotAllowed',
    ],
    [
      'has to serve the namespace, and not by other labels',
      cluster('shared'),
      { clusterSources: [serving({ selector: { matchLabels: { team: 'web' } } })] },
      'NamespaceNotAllowed',
    ],
  ])('%s', (_, sourceRef, there, expected) => {
    expect(resolved(reference().spec({ sourceRef }), there)).toBe(expected);
  });

  test('that serves nobody by an empty selector is refused, never taken as "all"', () => {
    const raw = serving({ selector: {} });
    const found = lookUp(reference().spec({ sourceRef: cluster('shared') }), { clusterSources: [raw] });
    // The next check says what is wrong with it: nothing is read from a spec that does not parse.
    expect(found.ok && found.value.spec.ok).toBe(false);
  });
});

describe('the default', () => {
  const own = source('own', isDefault);
  const shared = clusterSource('shared', isDefault);

  test.each<[string, There, string]>([
    ['is the own one of the namespace', { sources: [own, source('other')] }, 'SecretSource own'],
    [
      'is a cluster source where there is no own one',
      { sources: [source('other')], clusterSources: [shared] },
      'ClusterSecretSource shared',
    ],
    ['of the namespace beats that of the cluster', { sources: [own], clusterSources: [shared] }, 'SecretSource own'],
    ['of another namespace is none', { sources: [source('own', isDefault, { namespace: 'other' })] }, 'SourceNotFound'],
    [
      'of the cluster has to serve the namespace',
      { clusterSources: [serving({ names: ['other'] }, isDefault)] },
      'SourceNotFound',
    ],
    ['is missing', { sources: [source()] }, 'SourceNotFound'],
    ['is not one of two of the namespace', { sources: [own, source('second', isDefault)] }, 'InvalidSpec'],
    [
      'is not one of two of the cluster',
      { clusterSources: [shared, clusterSource('second', isDefault)] },
      'InvalidSpec',
    ],
    [
      'is the one of two of the cluster that serves the namespace',
      { clusterSources: [shared, clusterSource('second', { ...isDefault, namespaces: { names: ['other'] } })] },
      'ClusterSecretSource shared',
    ],
    [
      'is no source whose spec is wrong',
      { sources: [source('own', { ...isDefault, allowedKeys: ['/x'] })] },
      'SourceNotFound',
    ],
  ])('%s', (_, there, expected) => {
    expect(resolved(usesDefault, there)).toBe(expected);
  });

  test('of two is refused by a message that names both', () => {
    const found = lookUp(usesDefault, { sources: [own, source('second', isDefault)] });
    expect(found).toMatchObject({
      fault: {
        message: expect.stringMatching(
          /both SecretSource own and SecretSource second are the default of namespace etl/,
        ),
      },
    });
  });
});

describe('a reference that has a source', () => {
  const made = (second: number): Fields => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
  const kept = usesDefault.status({ source: { kind: 'ClusterSecretSource', name: 'shared' } }).metadata(made(5));
  const shared = clusterSource('shared');
  const later = source('own', isDefault, made(6));

  test.each<[string, There, string]>([
    [
      'keeps it, whatever default appears later',
      { sources: [later], clusterSources: [shared] },
      'ClusterSecretSource shared',
    ],
    [
      'keeps it when what was there before may have become the default later',
      { sources: [source('own', isDefault, { ...made(4), generation: 2 })], clusterSources: [shared] },
      'ClusterSecretSource shared',
    ],
    [
      'leaves that of the cluster for an own one of the same file, which was seen too late',
      { sources: [source('own', isDefault, made(5))], clusterSources: [shared] },
      'SecretSource own',
    ],
    ['keeps it though it is a default no longer', { clusterSources: [shared] }, 'ClusterSecretSource shared'],
    ['moves to no other one when it is deleted', { sources: [later] }, 'SourceNotFound'],
    [
      'moves to no other one when it serves the namespace no longer',
      { sources: [later], clusterSources: [serving({ names: ['other'] })] },
      'NamespaceNotAllowed',
    ],
  ])('%s', (_, there, expected) => {
    expect(resolved(kept, there)).toBe(expected);
  });

  test('and was edited since keeps it: what was its own default at first is not known', () => {
    const there = { sources: [source('own', isDefault, made(5))], clusterSources: [shared] };
    expect(resolved(kept.metadata({ generation: 2 }), there)).toBe('ClusterSecretSource shared');
  });

  test('takes the one that its spec names instead', () => {
    expect(
      resolved(kept.spec({ sourceRef: { name: 'vault' } }), { sources: [source()], clusterSources: [shared] }),
    ).toBe('SecretSource vault');
  });
});

describe('a namespace that is not known yet is waited for, never taken for one without labels', () => {
  const expression = (operator: string, values: readonly string[]) => ({
    selector: { matchExpressions: [{ key: 'quarantined', operator, ...(values.length > 0 && { values }) }] },
  });

  test.each<[string, Fields]>([
    ['DoesNotExist', expression('DoesNotExist', [])],
    ['NotIn', expression('NotIn', ['true'])],
    ['all', { all: true }],
    ['its name', { names: ['etl'] }],
  ])('by a cluster source that serves by %s', (_, namespaces) => {
    const clusterSources = [serving(namespaces, isDefault)];
    for (const builder of [reference().spec({ sourceRef: cluster('shared') }), usesDefault]) {
      expect(lookUp(builder, { clusterSources }).ok).toBe(true);
      expect(lookUp(builder, { clusterSources }, unknown)).toMatchObject({
        ok: false,
        fault: { kind: 'unavailable', message: expect.stringContaining('namespace etl is not known') },
      });
    }
  });

  test('by a source of its own as well: its allowedKeys may ask for a label', () => {
    const named = reference().spec({ sourceRef: { name: 'vault' } });
    expect(lookUp(named, { sources: [source()] }, unknown)).toMatchObject({ ok: false });
  });
});

describe('an operator of single namespaces, which may not read their labels', () => {
  const unreadable: Namespace = { name: 'etl', known: true, labels: undefined, terminating: false };
  const asked = reference().spec({ sourceRef: cluster('shared') });

  test('serves by name, and by a source of the namespace', () => {
    expect(lookUp(asked, { clusterSources: [serving({ names: ['etl'] })] }, unreadable).ok).toBe(true);
    const own = reference().spec({ sourceRef: { name: 'vault' } });
    expect(lookUp(own, { sources: [source()] }, unreadable).ok).toBe(true);
  });

  test('says that a default which is shared has to name the namespace', () => {
    const byLabel = serving({ selector: { matchLabels: { team: 'etl' } } }, isDefault);
    expect(lookUp(reference().spec({ sourceRef: undefined }), { clusterSources: [byLabel] }, unreadable)).toMatchObject(
      {
        fault: { reason: 'SourceNotFound', message: expect.stringContaining('a shared one has to name the namespace') },
      },
    );
  });

  test('that serves no ClusterSecretSources does not say that there are none', () => {
    const caches = new FakeCaches();
    caches.servesClusterSources = false;
    expect(
      resolveSource({ kind: 'ClusterSecretSource', name: 'shared' }, asked.parsed, unreadable, caches),
    ).toMatchObject({
      fault: { reason: 'SourceNotFound', message: expect.stringContaining('serves no ClusterSecretSources') },
    });
  });

  test('refuses what is chosen by labels, and says what to do', () => {
    const byLabel = serving({ selector: { matchLabels: { team: 'etl' } } });
    expect(lookUp(asked, { clusterSources: [byLabel] }, unreadable)).toMatchObject({
      ok: false,
      fault: { reason: 'NamespaceNotAllowed', message: expect.stringContaining('name it in spec.namespaces.names') },
    });
  });
});
