import { expect, test } from '@jest/globals';
import { parseMetadataObject } from '../../src/core/object-meta.ts';
import { polledInformer } from '../../src/kube/informer-set.ts';

const secret = (resourceVersion: string, labels: object = { ours: 'true' }, uid = 'u') => {
  const object = parseMetadataObject({ metadata: { name: 's', namespace: 'etl', uid, resourceVersion, labels } });
  if (object === undefined) throw new Error('no readable object');
  return object;
};
const ours = () => polledInformer(({ metadata }) => metadata.labels.ours === 'true');
const version = (cache: ReturnType<typeof ours>) => cache.get('etl/s')?.metadata.resourceVersion;

test('what is not watched is known as the last look found it, however old, made again or gone', () => {
  const cache = ours();
  expect([cache.synced, version(cache)]).toEqual([true, undefined]);
  cache.saw('etl/s', secret('7'));
  expect(version(cache)).toBe('7');
  cache.saw('etl/s', secret('3', { ours: 'true' }, 'made-again'));
  expect(version(cache)).toBe('3');
  cache.saw('etl/s', undefined);
  expect([version(cache), cache.size]).toEqual([undefined, 0]);
});

test('what a watch would not select is as if it were not there', () => {
  const cache = ours();
  cache.saw('etl/s', secret('7', {}));
  cache.wrote(secret('8', {}));
  expect(version(cache)).toBeUndefined();
  cache.saw('etl/s', secret('9'));
  cache.saw('etl/s', secret('10', {}));
  expect(version(cache)).toBeUndefined();
});

test('a write of our own is known at once', () => {
  const cache = ours();
  cache.wrote(secret('4'));
  expect(version(cache)).toBe('4');
});
