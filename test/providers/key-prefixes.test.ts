import { describe, expect, test } from '@jest/globals';
import { keyTest, parseKeyPatterns } from '../../src/api/secret-source/allowed-keys.ts';
import { bindProvider, type ProviderFields } from '../../src/providers/index.ts';
import { unwrap } from '../controllers/outcomes.ts';

const serviceAccountRef = { name: 'reader' };
const azureKv = {
  azureKv: { vaultUrl: 'https://etl.vault.azure.net', auth: { workloadIdentity: { serviceAccountRef } } },
};
const kubernetes = { kubernetes: { auth: { serviceAccountRef } } };
const awsSsm = { awsSsm: { region: 'eu-central-1', auth: { webIdentity: { serviceAccountRef } } } };

/** As a reference of the namespace would name the key. */
function allows(fields: ProviderFields, pattern: string, key: string, namespace = 'etl'): boolean {
  const provider = unwrap(bindProvider(fields));
  const patterns = unwrap(parseKeyPatterns([pattern]));
  const canonical = unwrap(provider.canonicalKey(key));
  return keyTest(patterns, { name: namespace, labels: {} }, provider.keyPrefixes)(canonical);
}

describe.each<[ProviderFields, string, string, string]>([
  [azureKv, 'certificate', 'certificate/db', 'certificate/*'],
  [azureKv, 'key', 'KEY/db', 'key/*'],
  [kubernetes, 'secrets', 'secrets/etl/db', 'secrets/{namespace}/*'],
  [kubernetes, 'secrets', 'etl/db', 'secrets/{namespace}/*'],
  [kubernetes, 'configmaps', 'configmaps/etl/db', 'configmaps/**'],
  [awsSsm, 'aws', '/aws/reference/secretsmanager/db', 'aws/reference/secretsmanager/*'],
])('%j: a namespace called "%s"', (fields, namespace, key, spelled) => {
  test(`has no part in ${key} by its name or by a wildcard`, () => {
    for (const pattern of ['{namespace}/**', '**', '*/**']) expect(allows(fields, pattern, key, namespace)).toBe(false);
  });

  test(`nor has another, but by ${spelled}`, () => {
    expect(allows(fields, '**', key)).toBe(false);
    expect(allows(fields, spelled, key)).toBe(true);
  });
});

test('secrets of a vault have no prefix', () => {
  expect(allows(azureKv, '*', 'secret/db')).toBe(true);
  expect(allows(azureKv, '*', 'certificate')).toBe(true);
});
