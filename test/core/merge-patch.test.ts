import { describe, expect, test } from '@jest/globals';
import { mergePatch } from '../../src/core/merge-patch.ts';
import { merged } from '../controllers/fields.ts';

const status = {
  observedGeneration: 1,
  target: { name: 'db', revision: 1 },
  conditions: [{ type: 'Ready', status: 'True' }],
  remote: [],
};

describe('the patch between two objects', () => {
  test.each<[string, object, object, object | undefined]>([
    ['is nothing when nothing differs', status, JSON.parse(JSON.stringify(status)), undefined],
    ['is nothing when only the order of fields differs', { a: 1, b: 2 }, { b: 2, a: 1 }, undefined],
    ['is nothing between two that are empty', {}, {}, undefined],
    ['has what is new', {}, { a: 1 }, { a: 1 }],
    ['has what changed, and nothing beside it', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['takes away what is gone', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['goes into objects', { t: { x: 1, y: 2 } }, { t: { x: 1, y: 3 } }, { t: { y: 3 } }],
    ['takes away within objects', { t: { x: 1, y: 2 } }, { t: { x: 1 } }, { t: { y: null } }],
    ['replaces lists as a whole', { l: [1, 2] }, { l: [1] }, { l: [1] }],
    ['keeps a list that became empty', { l: [1] }, { l: [] }, { l: [] }],
    ['puts an object in the place of a value', { t: 1 }, { t: { x: 1 } }, { t: { x: 1 } }],
    ['puts a value in the place of an object', { t: { x: 1 } }, { t: 1 }, { t: 1 }],
    ['puts an object in the place of a list', { t: [1] }, { t: { x: 1 } }, { t: { x: 1 } }],
  ])('%s', (_, before, after, patch) => {
    expect(mergePatch(before, after)).toEqual(patch);
    if (patch !== undefined) expect(merged({ ...before }, { ...mergePatch(before, after) })).toEqual(after);
  });
});
