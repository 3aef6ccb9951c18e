import { describe, expect, test } from '@jest/globals';
import {
  type LabelRequirement,
  type ServedNamespaces,
  servesNamespace,
} from '../../src/api/secret-source/served-namespaces.ts';

const etl = { name: 'etl', labels: { team: 'data', env: 'prod' } };
const requiring = (...matchExpressions: readonly LabelRequirement[]): ServedNamespaces => ({
  selector: { matchExpressions },
});
const matching = (matchLabels: Readonly<Record<string, string>>): ServedNamespaces => ({ selector: { matchLabels } });

describe('a namespace is served', () => {
  test.each<[string, ServedNamespaces]>([
    ['by all: true', { all: true }],
    ['by its name', { names: ['web', 'etl'] }],
    ['by a label', matching({ team: 'data' })],
    ['by all labels', matching({ team: 'data', env: 'prod' })],
    ['by In', requiring({ key: 'team', operator: 'In', values: ['web', 'data'] })],
    ['by NotIn', requiring({ key: 'team', operator: 'NotIn', values: ['web'] })],
    ['by NotIn, without the label', requiring({ key: 'none', operator: 'NotIn', values: ['web'] })],
    ['by Exists', requiring({ key: 'team', operator: 'Exists' })],
    ['by DoesNotExist', requiring({ key: 'none', operator: 'DoesNotExist' })],
  ])('%s', (_, served) => {
    expect(servesNamespace(served, etl)).toBe(true);
  });
});

describe('a namespace is not served', () => {
  test.each<[string, ServedNamespaces]>([
    ['when nothing is chosen', {}],
    ['by all: false', { all: false }],
    ['by the names of others', { names: ['web', 'etl2'] }],
    ['by no names', { names: [] }],
    ['by an empty selector', { selector: {} }],
    ['by empty matchLabels', matching({})],
    ['by no expressions', requiring()],
    ['by another value', matching({ team: 'web' })],
    ['by one label of two', matching({ team: 'data', env: 'test' })],
    ['by In, with other values', requiring({ key: 'team', operator: 'In', values: ['web'] })],
    ['by In, without values', requiring({ key: 'team', operator: 'In' })],
    ['by In, without the label', requiring({ key: 'none', operator: 'In', values: [''] })],
    ['by NotIn, with the value', requiring({ key: 'team', operator: 'NotIn', values: ['data'] })],
    ['by Exists, without the label', requiring({ key: 'none', operator: 'Exists' })],
    ['by DoesNotExist, with the label', requiring({ key: 'team', operator: 'DoesNotExist' })],
    ['by an operator that nobody knows', requiring({ key: 'team', operator: 'Gt', values: ['1'] })],
    ['by one expression of two', requiring({ key: 'team', operator: 'Exists' }, { key: 'none', operator: 'Exists' })],
    [
      'by labels, when expressions do not hold',
      { selector: { matchLabels: { team: 'data' }, matchExpressions: [{ key: 'none', operator: 'Exists' }] } },
    ],
    ['by a label that every object has', requiring({ key: 'toString', operator: 'Exists' })],
    ['by a value that every object has', matching({ constructor: 'Object' })],
  ])('%s', (_, served) => {
    expect(servesNamespace(served, etl)).toBe(false);
  });
});

test.each<[string, ServedNamespaces, boolean]>([
  ['its name', { names: ['etl'] }, true],
  ['all: true', { all: true }, true],
  ['labels', matching({ team: 'data' }), false],
  ['the absence of a label', requiring({ key: 'none', operator: 'DoesNotExist' }), false],
  ['another value', requiring({ key: 'team', operator: 'NotIn', values: ['web'] }), false],
])('a namespace whose labels may not be read, chosen by %s, is served only if names do', (_, served, expected) => {
  expect(servesNamespace(served, { name: 'etl', labels: undefined })).toBe(expected);
});

test('a namespace that nobody knows has no labels', () => {
  expect(servesNamespace(matching({ team: 'data' }), { name: 'etl', labels: {} })).toBe(false);
});
