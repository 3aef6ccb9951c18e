import { expect, test } from '@jest/globals';
import { parseClusterSecretReference } from '../../src/api/cluster-secret-reference/cluster-secret-reference.ts';
import { parseSecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { parseKeyPattern } from '../../src/api/secret-source/key-pattern.ts';
import { parseClusterSecretSource, parseSecretSource } from '../../src/api/secret-source/secret-source.ts';
import { bindProvider } from '../../src/providers/index.ts';
import { clusterReferenceRows } from './cluster-reference-rows.ts';
import { providerRows } from './provider-rows.ts';
import { referenceRows } from './reference-rows.ts';
import type { Row } from './row.ts';
import { patterns, sourceRows } from './source-rows.ts';

const metadata = { name: 'a', namespace: 'etl', uid: 'u', resourceVersion: '1', generation: 1 };

/** What the controllers do before they use a spec. Providers check what their schemas leave to them. */
function check({ kind, spec }: Row) {
  const raw = { metadata, spec };
  if (kind === 'SecretReference') return parseSecretReference(raw)?.spec;
  if (kind === 'ClusterSecretReference') return parseClusterSecretReference(raw)?.spec;
  const source = kind === 'SecretSource' ? parseSecretSource(raw) : parseClusterSecretSource(raw);
  return source?.spec.ok ? bindProvider(source.spec.value.provider) : source?.spec;
}

test.each([...referenceRows, ...clusterReferenceRows, ...sourceRows, ...providerRows])('$kind: $title', row => {
  const checked = check(row);
  if (row.refused === undefined) {
    expect(checked).toMatchObject({ ok: true });
    return;
  }
  const { at, says } = row.refused;
  expect(checked).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
  const message = checked?.ok === false ? checked.fault.message : '';
  expect(message).toContain(at);
  expect(message).toContain(says ?? '');
});

test.each(patterns)('the matcher understands exactly the patterns that may be stored: $text', ({ text, says }) => {
  expect(parseKeyPattern(text, 'pattern').ok).toBe(says === undefined);
});

test('what was asked for reaches the controller with its defaults, the interval in milliseconds', () => {
  const parsed = parseSecretReference({ metadata, spec: { data: [{ secretKey: 'A', remoteRef: { key: 'a' } }] } });
  expect(parsed?.spec).toEqual({
    ok: true,
    value: {
      delivery: { mode: 'Live', keep: 3 },
      refreshInterval: 3_600_000,
      refreshPolicy: 'Periodic',
      data: [{ secretKey: 'A', remoteRef: { key: 'a' }, optional: false, decoding: 'None' }],
      dataFrom: [],
      target: { type: 'Opaque', creationPolicy: 'Owner', deletionPolicy: 'Retain', labels: {}, annotations: {} },
      suspend: false,
    },
  });
});

test('a refusal never quotes a value', () => {
  const canary = 'CANARY-7f3a ';
  const spec = {
    refreshInterval: canary,
    owner: canary.repeat(100),
    data: [{ secretKey: canary, remoteRef: { key: canary, version: { [canary]: canary } }, decoding: canary }],
    target: { name: canary, type: canary, labels: { a: canary } },
  };
  const parsed = parseSecretReference({ metadata, spec });
  expect(parsed?.spec.ok).toBe(false);
  expect(JSON.stringify(parsed)).not.toContain('CANARY');
});
