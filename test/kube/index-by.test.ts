import { expect, test } from '@jest/globals';
import type { Change, MetadataObject } from '../../src/kube/api.ts';
import { indexBy } from '../../src/kube/index-by.ts';
import { metadataObject } from './builders.ts';

function indexed(values: readonly MetadataObject[], namesOf: (object: MetadataObject) => readonly string[]) {
  let handle: (change: Change<MetadataObject>) => void = () => {};
  const onChange = (handler: typeof handle) => {
    handle = handler;
  };
  const index = indexBy({ values: () => values, onChange }, namesOf);
  return { index, tell: (change: Change<MetadataObject>) => handle(change) };
}

test('an index follows its objects from name to name, and forgets those that are gone', () => {
  const { index, tell } = indexed([metadataObject('early', 1, 'x')], ({ metadata }) => [metadata.uid, 'all']);
  const [before, after] = [metadataObject('a', 2, 'x'), metadataObject('a', 3, 'y')];
  tell({ key: 'etl/a', after: before });
  expect(index.keys('x')).toEqual(['etl/early', 'etl/a']);
  tell({ key: 'etl/a', before, after });
  expect([index.keys('x'), index.keys('y'), index.keys('all')]).toEqual([
    ['etl/early'],
    ['etl/a'],
    ['etl/early', 'etl/a'],
  ]);
  tell({ key: 'etl/a', before: after });
  expect([index.keys('y'), index.keys('nobody')]).toEqual([[], []]);
});

test('a name that two objects go by finds each of them once, and the other when one is gone', () => {
  const { index, tell } = indexed([], ({ metadata }) => [metadata.uid, metadata.uid]);
  const [one, two] = [metadataObject('a', 2, 'x'), metadataObject('b', 3, 'x')];
  tell({ key: 'etl/a', after: one });
  expect(index.keys('x')).toEqual(['etl/a']);
  tell({ key: 'etl/b', after: two });
  expect(index.keys('x')).toEqual(['etl/a', 'etl/b']);
  tell({ key: 'etl/a', before: one });
  expect(index.keys('x')).toEqual(['etl/b']);
  tell({ key: 'etl/a', before: one });
  tell({ key: 'etl/b', before: two });
  expect(index.keys('x')).toEqual([]);
});

test('an object that goes by the empty name is found, and one that goes by none is not', () => {
  const { index, tell } = indexed([], ({ metadata }) => (metadata.uid === 'x' ? [''] : []));
  const [before, after] = [metadataObject('a', 1, 'x'), metadataObject('a', 2, 'y')];
  tell({ key: 'etl/a', after: before });
  expect(index.keys('')).toEqual(['etl/a']);
  tell({ key: 'etl/a', before, after });
  expect(index.keys('')).toEqual([]);
});
