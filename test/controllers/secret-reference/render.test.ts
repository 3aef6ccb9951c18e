import { describe, expect, test } from '@jest/globals';
import type { DesiredSecret, Material } from '../../../src/controllers/secret-reference/nouns/desired.ts';
import { render } from '../../../src/controllers/secret-reference/render.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { canary } from '../../canary.ts';
import { password, reference } from '../builders.ts';
import type { Fields } from '../fields.ts';
import { unwrap } from '../outcomes.ts';

const text = (value: string) => SecretValue.fromText(value);
const holding = (data: Readonly<Record<string, string>>, more: Partial<Material> = {}): Material => ({
  data: new Map(Object.entries(data).map(([key, value]) => [key, text(value)])),
  missing: undefined,
  allGone: false,
  ...more,
});

function rendered(target: Fields, material: Material = holding({ password }), name = 'db') {
  const { metadata, spec } = reference().target(target).parsed;
  return render(metadata, name, unwrap(spec), material);
}

function secretOf(target: Fields, material?: Material): DesiredSecret {
  const desired = unwrap(rendered(target, material));
  if (desired.kind === 'none') throw new Error('no Secret is wanted');
  return desired.secrets[0];
}

describe('what is wanted', () => {
  test('is a Secret in the namespace of the reference, under the name of the target', () => {
    expect(unwrap(rendered({}, holding({ password }), 'warehouse'))).toMatchObject({
      kind: 'secrets',
      secrets: [{ name: 'warehouse', namespace: 'etl', type: 'Opaque' }],
    });
  });

  test('carries our label and mark, and those of the spec with a list of them', () => {
    const { labels, annotations } = secretOf({ labels: { team: 'etl' }, annotations: { 'example.com/a': 'b' } });
    expect(labels).toEqual({ team: 'etl', 'shearline.dev/managed': 'true' });
    expect(annotations).toEqual({
      'example.com/a': 'b',
      'shearline.dev/owner': 'SecretReference/db/uid-db',
      'shearline.dev/managed-metadata': '{"labels":["team"],"annotations":["example.com/a"]}',
    });
  });

  test('has no list where the spec names none', () => {
    expect(secretOf({}).annotations).not.toHaveProperty(['shearline.dev/managed-metadata']);
  });

  test.each([
    ['Owner', { kind: 'SecretReference', name: 'db', uid: 'uid-db', controller: true, blockOwnerDeletion: false }],
    ['Orphan', undefined],
    ['Merge', undefined],
  ])('with %s is owned so that it goes, or stays, as asked', (creationPolicy, owner) => {
    const { ownerReference } = secretOf({ creationPolicy });
    if (owner === undefined) expect(ownerReference).toBeUndefined();
    else expect(ownerReference).toMatchObject(owner);
  });
});

describe('when something is missing', () => {
  const missing = { kind: 'absent', reason: 'KeyNotFound', message: 'gone' } as const;

  test.each([
    ['Delete', true, { ok: true, value: { kind: 'none', proof: missing } }],
    ['Delete', false, { ok: false, fault: missing }],
    ['Retain', true, { ok: false, fault: missing }],
    ['Retain', false, { ok: false, fault: missing }],
  ])('%s, all keys gone: %s', (deletionPolicy, allGone, expected) => {
    expect(rendered({ deletionPolicy }, holding({ password }, { missing, allGone }))).toEqual(expected);
  });
});

describe('size', () => {
  const mebibyte = 1024 * 1024;
  const half = 'x'.repeat(mebibyte / 2);

  test('of all values together may be 1 MiB', () => {
    expect(rendered({}, holding({ a: half, b: half })).ok).toBe(true);
  });

  test('may not be a byte more, and the message says how much it is', () => {
    expect(rendered({}, holding({ a: half, b: `${half}x` }))).toMatchObject({
      ok: false,
      fault: { reason: 'TargetTooLarge', message: expect.stringContaining(`${mebibyte + 1} bytes`) },
    });
  });
});

test('a value that its type cannot use is a fault that names the Secret, the type and the key', () => {
  expect(rendered({ type: 'kubernetes.io/tls' }, holding({ 'tls.crt': canary }))).toMatchObject({
    ok: false,
    fault: {
      reason: 'ValueNotUsable',
      message: 'Secret db of type kubernetes.io/tls needs the key tls.key: add it to spec.data',
    },
  });
});
