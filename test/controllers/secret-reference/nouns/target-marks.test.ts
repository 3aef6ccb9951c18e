import { describe, expect, test } from '@jest/globals';
import {
  ownedByAnother,
  ownerMark,
  ownership,
} from '../../../../src/controllers/secret-reference/nouns/target-marks.ts';
import { reference } from '../../builders.ts';
import type { Fields } from '../../fields.ts';
import { parsedMetadata, target } from '../../objects.ts';

const { metadata } = reference().parsed;
const controller = (fields: Fields = {}): Fields => ({
  apiVersion: 'shearline.dev/v1alpha1',
  kind: 'SecretReference',
  name: 'db',
  uid: 'uid-db',
  controller: true,
  ...fields,
});
const marked = (mark?: string): Fields => (mark === undefined ? {} : { 'shearline.dev/owner': mark });
const owner = (ownerReferences: readonly Fields[], mark?: string) =>
  ownership(parsedMetadata(target(reference(), { ownerReferences, annotations: marked(mark) })).metadata, metadata);

describe('a Secret is ours', () => {
  test.each([
    ['by the UID of its controller', [controller()], 'SecretReference/db/uid-db'],
    ['by the UID of its controller, whatever somebody wrote into our annotation', [controller()], 'nobody'],
    ['by the UID of its controller, without our annotation', [controller()], undefined],
    ['by the annotation, when it has no controller (Orphan)', [], 'SecretReference/db/uid-db'],
    ['by name, when the recorded UID is that of an earlier life', [], 'SecretReference/db/uid-gone'],
    ['by the name of its controller of an earlier life', [controller({ uid: 'uid-gone' })], undefined],
    ['though others own it too', [controller(), controller({ uid: 'x', kind: 'App', controller: false })], undefined],
  ])('%s', (_, ownerReferences, mark) => {
    expect(owner(ownerReferences, mark)).toEqual({ kind: 'ours' });
  });
});

describe('a Secret is not ours', () => {
  test.each([
    ['without any mark', [], undefined, 'somebody else'],
    ['with the mark of another reference', [], 'SecretReference/other/uid-other', 'SecretReference other'],
    ['with the mark of another kind', [], 'Certificate/db/uid-db', 'Certificate db'],
    ['with a mark that says nothing', [], '', 'somebody else'],
    ['with another controller', [controller({ name: 'other', uid: 'x' })], undefined, 'SecretReference other'],
    [
      'with another controller, though the annotation says that it is',
      [controller({ kind: 'App', name: 'web', uid: 'x' })],
      'SecretReference/db/uid-db',
      'App web',
    ],
    [
      'with a controller of the same kind and name in a foreign API group',
      [controller({ apiVersion: 'example.com/v1', uid: 'x' })],
      undefined,
      'SecretReference db',
    ],
  ])('%s', (_, ownerReferences, mark, whose) => {
    const found = owner(ownerReferences, mark);
    expect(found).toEqual({ kind: 'foreign', owner: whose });
    if (found.kind === 'foreign') expect(ownedByAnother('db', found).message).toContain(`belongs to ${whose}`);
  });
});

test('the mark names kind, name and UID', () => {
  expect(ownerMark(metadata)).toBe('SecretReference/db/uid-db');
});
