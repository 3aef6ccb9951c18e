import { expect, test } from '@jest/globals';
import { parseClusterSecretReference } from '../../src/api/cluster-secret-reference/cluster-secret-reference.ts';
import { parseSecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { parseClusterSecretSource } from '../../src/api/secret-source/secret-source.ts';
import { sourceChecker } from '../../src/controllers/secret-source/check.ts';
import { pagesOfManifests, sectionsWithoutManifest, shownObjects } from './manifests.ts';

const checkSource = sourceChecker({
  operatorNamespace: 'shearline-system',
  allowOperatorIdentity: false,
  closedAddress: () => undefined,
});
const references = shownObjects('SecretReference');

test.each(references)('%s is a reference that can be used', (_, raw) => {
  expect(parseSecretReference(raw)?.spec).toMatchObject({ ok: true });
});

test.each(shownObjects('ClusterSecretReference'))('%s makes references that can be used', (_, raw) => {
  expect(parseClusterSecretReference(raw)?.spec).toMatchObject({ ok: true });
});

test.each(shownObjects('ClusterSecretSource').filter(([where]) => where.startsWith('docs/')))(
  '%s is a source that can be used',
  (_, raw) => {
    const source = parseClusterSecretSource(raw);
    expect(source && checkSource(source)).toMatchObject({ ok: true });
  },
);

test('samples and pages are found', () => {
  expect(references.filter(([where]) => where.startsWith('docs/')).length).toBeGreaterThan(4);
  expect(references.filter(([where]) => where.startsWith('deploy/')).length).toBeGreaterThan(4);
});

test.each(pagesOfManifests)('each section of %s shows an example', page => {
  expect(sectionsWithoutManifest(page)).toEqual([]);
});

test('each name is used once, so that the examples can be applied together', () => {
  const names = references.map(([where]) => where).filter(where => where.startsWith('docs/'));
  expect(new Set(names).size).toBe(names.length);
});
