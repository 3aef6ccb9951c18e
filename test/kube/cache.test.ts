import { describe, expect, test } from '@jest/globals';
import type { MetadataObject } from '../../src/kube/api.ts';
import { ObjectCache } from '../../src/kube/informer.ts';
import { metadataObject as object } from './builders.ts';

const held = (...objects: readonly MetadataObject[]) => {
  const cache = new ObjectCache<MetadataObject>();
  for (const each of objects) cache.put(each);
  return cache;
};

describe('the cache', () => {
  test('tells new, changed and gone', () => {
    const cache = held();
    const [first, second] = [object('a', 1), object('a', 2)];
    expect(cache.put(first)).toEqual([{ key: 'etl/a', after: first }]);
    expect(cache.put(second)).toEqual([{ key: 'etl/a', before: first, after: second }]);
    expect(cache.remove('etl/a', '3')).toEqual([{ key: 'etl/a', before: second }]);
    expect(cache.size).toBe(0);
  });

  test('lets nothing older, and nothing twice, replace what is newer', () => {
    const cache = held(object('a', 10));
    expect(cache.put(object('a', 10))).toEqual([]);
    expect(cache.put(object('a', 9))).toEqual([]);
    expect(cache.put(object('a', 9, 'the one before'))).toEqual([]);
    expect(cache.get('etl/a')?.metadata.resourceVersion).toBe('10');
  });

  test('tells an object that was made again under its name as gone and new', () => {
    const before = object('a', 1, 'first');
    const after = object('a', 5, 'second');
    expect(held(before).put(after)).toEqual([
      { key: 'etl/a', before },
      { key: 'etl/a', after },
    ]);
  });

  test('does not lose the new object to the late deletion of the old one', () => {
    const cache = held(object('a', 5, 'second'));
    expect(cache.remove('etl/a', '4')).toEqual([]);
    expect(cache.size).toBe(1);
  });

  test('forgets after a list what the list does not name, except what is newer than the list', () => {
    const cache = held(object('listed', 1), object('gone', 2), object('written', 9));
    const gone = cache.retain(new Set(['etl/listed'] as const), '5');
    expect(gone.map(({ key }) => key)).toEqual(['etl/gone']);
    expect([...cache.values()].map(({ metadata }) => metadata.name)).toEqual(['listed', 'written']);
  });

  test('leaves an object of another UID to the watch when we wrote one of that name', () => {
    const cache = held(object('a', 5, 'theirs'));
    expect(cache.wrote(object('a', 6, 'ours'))).toEqual([]);
    expect(cache.wrote(object('a', 6, 'theirs'))).toHaveLength(1);
  });
});
