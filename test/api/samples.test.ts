import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import {
  type AnySecretSource,
  parseClusterSecretSource,
  parseSecretSource,
} from '../../src/api/secret-source/secret-source.ts';
import { sourceChecker } from '../../src/controllers/secret-source/check.ts';
import { providers } from '../../src/providers/index.ts';

const folder = new URL('../../deploy/samples/', import.meta.url);
const facts = { uid: 'u', resourceVersion: '1', generation: 1 };

/** The sources among the documents of a sample, as the API server would hand them out. */
function sourcesIn(file: string): readonly (AnySecretSource | undefined)[] {
  const documents = parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map(each => each.toJS());
  return documents.flatMap((object): readonly (AnySecretSource | undefined)[] => {
    const raw = { ...object, metadata: { ...object.metadata, ...facts } };
    if (object.kind === 'ClusterSecretSource') return [parseClusterSecretSource(raw)];
    return object.kind === 'SecretSource' ? [parseSecretSource(raw)] : [];
  });
}

const files = readdirSync(folder).filter(name => /^(cluster-)?source/.test(name));
const check = sourceChecker({
  operatorNamespace: 'shearline-system',
  allowOperatorIdentity: false,
  // As `shearline render` takes them; which of them an operator refuses is said in the test of the check.
  onMachine: true,
  closedAddress: () => undefined,
});

test.each(files)('%s is a source that can be used', file => {
  const sources = sourcesIn(file);
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) expect(source && check(source)).toMatchObject({ ok: true });
});

test('every provider has a sample', () => {
  const shown = files
    .flatMap(sourcesIn)
    .flatMap(source => (source?.spec.ok ? Object.keys(source.spec.value.provider) : []));
  expect(new Set(shown)).toEqual(new Set(providers.map(({ name }) => name)));
});
