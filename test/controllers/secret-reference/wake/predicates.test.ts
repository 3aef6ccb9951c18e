import { describe, expect, test } from '@jest/globals';
import type { Priority } from '../../../../src/async/priority.ts';
import {
  anyDefault,
  awaited,
  becameReady,
  generationChanged,
  gotWhatItAwaited,
  namespaceMatters,
  priorityOf,
  sourceId,
  sourcesUsedBy,
  targetsOf,
} from '../../../../src/controllers/secret-reference/wake/predicates.ts';
import type { Change } from '../../../../src/kube/api.ts';
import { type ReferenceBuilder, reference } from '../../builders.ts';
import type { Fields } from '../../fields.ts';
import { clusterSource, namespace, parsedClusterSource, parsedMetadata, parsedSource, source } from '../../objects.ts';

const synced = reference().synced();
const key = 'etl/db';

describe('the priority of a changed reference', () => {
  const priority = (before: ReferenceBuilder | undefined, after: ReferenceBuilder | undefined): Priority | undefined =>
    priorityOf({ key, ...(before && { before: before.parsed }), ...(after && { after: after.parsed }) });

  test.each<[string, ReferenceBuilder | undefined, ReferenceBuilder | undefined, Priority | undefined]>([
    ['new', undefined, reference(), 'normal'],
    ['new to this process, in step for long', undefined, synced, 'low'],
    ['new with a token', undefined, reference().token('t1'), 'high'],
    ['asked to rotate', synced, synced.token('t1'), 'high'],
    ['asked by force-sync', synced, synced.forceSync('f1'), 'high'],
    ['asked to rotate and edited at once', synced, synced.token('t1').edited(), 'high'],
    ['asked again with another token', synced.token('t1'), synced.token('t2'), 'high'],
    ['edited while a token is pending', synced.token('t1'), synced.token('t1').edited(), 'normal'],
    ['edited', synced, synced.edited(), 'normal'],
    ['being deleted', synced, synced.going(), 'normal'],
    ['with another finalizer', synced, synced.metadata({ finalizers: ['f'] }), 'normal'],
    ['made again under its name', synced, synced.metadata({ uid: 'other' }), 'normal'],
    ['given a token that cannot be used, to refuse it', synced, synced.token('a\nb'), 'normal'],
    ['gone', synced, undefined, undefined],
    ['with another status', synced, synced.failing('AccessDenied'), undefined],
    ['with other labels', synced, synced.metadata({ labels: { a: 'b' } }), undefined],
    ['with an answered token taken off', synced.token('t1'), synced, undefined],
    ['annotated by others', synced, synced.annotated({ a: 'b' }), undefined],
    ['with a bad token still there', synced.token('a\nb'), synced.token('a\nb').annotated({ a: 'b' }), undefined],
  ])('%s', (_, before, after, expected) => {
    expect(priority(before, after)).toBe(expected);
  });
});

describe('the sources that a reference uses', () => {
  const byDefault = reference().spec({ sourceRef: undefined });
  const other = { sourceRef: { kind: 'ClusterSecretSource', name: 'other' } };
  const data = [{ secretKey: 'a', remoteRef: { key: 'x' }, ...other }];

  test.each<[string, ReferenceBuilder, readonly string[]]>([
    ['the named one', reference(), ['SecretSource/etl/vault']],
    ['each of its entries', reference().spec({ data }), ['SecretSource/etl/vault', 'ClusterSecretSource//other']],
    [
      'those of dataFrom, too',
      reference().spec({ dataFrom: [{ extract: { key: 'x' }, ...other }] }),
      ['SecretSource/etl/vault', 'ClusterSecretSource//other'],
    ],
    ['a default that is to come', byDefault, [anyDefault]],
    ['the default that it has', byDefault.synced(), ['SecretSource/etl/vault']],
    ['none when its spec cannot be read', reference().spec({ data: [] }), []],
  ])('%s', (_, builder, expected) => {
    expect(sourcesUsedBy(builder.parsed)).toEqual(expected);
  });

  test('go by the names by which the sources themselves do', () => {
    expect(sourceId(parsedSource(source()))).toBe('SecretSource/etl/vault');
    expect(sourceId(parsedClusterSource(clusterSource('other')))).toBe('ClusterSecretSource//other');
  });
});

describe('the targets of a reference', () => {
  test.each<[string, ReferenceBuilder, readonly string[]]>([
    ['its own name', reference(), ['etl/db']],
    ['the name of the spec', reference().target({ name: 'x' }), ['etl/x']],
    ['both names while it moves', synced.target({ name: 'x' }), ['etl/x', 'etl/db']],
    ['its own name when the spec cannot be read', reference().spec({ data: [] }), ['etl/db']],
  ])('%s', (_, builder, expected) => {
    expect(targetsOf(builder.parsed)).toEqual(expected);
  });
});

describe('a namespace matters', () => {
  const of = (labels: Fields, more: Fields = {}) => parsedMetadata(namespace('etl', labels, more));
  const matters = (before: Fields, after: Fields, more?: Fields): boolean =>
    namespaceMatters({ key: '/etl', before: of(before), after: of(after, more) });

  test.each<[string, boolean, boolean]>([
    ['when a label changes', matters({ a: '1' }, { a: '2' }), true],
    ['when a label appears', matters({}, { a: '2' }), true],
    ['when it is being deleted', matters({}, {}, { deletionTimestamp: 'now' }), true],
    ['when it is new', namespaceMatters({ key: '/etl', after: of({}) }), true],
    ['when it is gone', namespaceMatters({ key: '/etl', before: of({}) }), true],
    ['not when only an annotation changes', matters({ a: '1' }, { a: '1' }, { annotations: { x: 'y' } }), false],
    ['not when labels only change places', matters({ a: '1', b: '2' }, { b: '2', a: '1' }), false],
  ])('%s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});

describe('a source matters', () => {
  const ready = (status: string): Fields => ({
    status: { conditions: [{ type: 'Ready', status, reason: 'Synced', message: 'm', lastTransitionTime: 't' }] },
  });
  const change = (before: Fields, after: Fields): Change<ReturnType<typeof parsedSource>> => ({
    key: 'etl/vault',
    before: parsedSource({ ...source(), ...before }),
    after: parsedSource({ ...source(), ...after }),
  });

  test('when its spec changes, not when its status does', () => {
    const metadata = (fields: Fields) => source('vault', {}, fields);
    expect(generationChanged(change({}, metadata({ generation: 2 })))).toBe(true);
    expect(generationChanged(change({}, metadata({ uid: 'other' })))).toBe(true);
    expect(generationChanged(change({}, metadata({ resourceVersion: '99' })))).toBe(false);
    expect(generationChanged(change({}, ready('True')))).toBe(false);
  });

  test('when it becomes Ready: something beside its spec was fixed', () => {
    expect(becameReady(change(ready('False'), ready('True')))).toBe(true);
    expect(becameReady(change({}, ready('True')))).toBe(false);
    expect(becameReady(change(ready('True'), ready('False')))).toBe(false);
  });
});

test.each<[reason: string, what: string | undefined]>([
  ['ProviderUnavailable', 'store'],
  ['Throttled', 'store'],
  ['KubernetesUnavailable', undefined],
  ['KeyNotFound', undefined],
  ['AuthFailed', 'AuthFailed'],
  ['AccessDenied', 'AccessDenied'],
  ['TargetWriteRefused', 'TargetWriteRefused'],
])('a reference that fails for %s waits for: %s', (reason, what) => {
  expect(awaited(synced.failing(reason).parsed)).toBe(what);
  expect(gotWhatItAwaited({ key, before: synced.failing(reason).parsed, after: synced.parsed })).toBe(what);
  expect(gotWhatItAwaited({ key, before: synced.parsed, after: synced.failing(reason).parsed })).toBeUndefined();
});

test('a reference that was in step all the time waits for nothing', () => {
  expect(awaited(synced.parsed)).toBeUndefined();
  expect(gotWhatItAwaited({ key, before: synced.parsed, after: synced.parsed })).toBeUndefined();
  expect(gotWhatItAwaited({ key, after: synced.parsed })).toBeUndefined();
});
