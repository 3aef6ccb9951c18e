import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ProviderSpec } from '../../src/api/secret-source/provider.ts';
import { generatedFiles } from '../../src/cli/generated/files.ts';
import { providers } from '../../src/providers/index.ts';

const root = new URL('../../', import.meta.url);
const there = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const files = generatedFiles(there);

test.each([...files.keys()])('%s is what `make generate` writes', path => {
  expect(there(path)).toBe(files.get(path));
});

test('crds/ holds no file of a kind that is gone', () => {
  const expected = [...files.keys()].filter(path => path.startsWith('crds/')).map(path => path.slice('crds/'.length));
  expect(readdirSync(new URL('crds/', root)).toSorted()).toEqual(expected.toSorted());
});

test('generating twice gives the same bytes', () => {
  expect(generatedFiles(path => files.get(path) ?? there(path))).toEqual(files);
});

test('every provider of the list has its field in the API', () => {
  expect(Object.keys(ProviderSpec.shape).toSorted()).toEqual(providers.map(({ name }) => name).toSorted());
});
