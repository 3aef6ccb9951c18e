import { describe, expect, test } from '@jest/globals';
import { sourceChecker } from '../../../src/controllers/secret-source/check.ts';
import type { Fields } from '../fields.ts';
import { clusterSource, parsedClusterSource, parsedSource, source, vaultSpec } from '../objects.ts';
import { unwrap } from '../outcomes.ts';

const open = () => undefined;
const check = sourceChecker({
  allowOperatorIdentity: false,
  operatorNamespace: 'shearline-system',
  closedAddress: open,
});
const tokenLogin: Fields = { provider: vaultSpec({ token: { secretRef: { name: 'cred', key: 'token' } } }) };
const ofNamespace = (spec: Fields = {}) => check(parsedSource(source('vault', spec)));
const ofCluster = (spec: Fields = {}) => check(parsedClusterSource(clusterSource('vault-prod', spec)));

describe('a source that can be used', () => {
  test('is known to sessions by UID, generation, label and home', () => {
    expect(unwrap(ofNamespace()).access).toMatchObject({
      uid: 'uid-source-vault',
      generation: 1,
      label: 'SecretSource vault',
      namespaced: true,
      homeNamespace: 'etl',
    });
    expect(unwrap(ofCluster()).access).toMatchObject({
      label: 'ClusterSecretSource vault-prod',
      namespaced: false,
      homeNamespace: 'shearline-system',
    });
  });

  test.each<[string, Fields, number | undefined]>([
    ['allows every key when it names none', {}, undefined],
    ['allows nothing when the list is empty', { allowedKeys: [] }, 0],
    ['allows what its patterns say', { allowedKeys: ['{namespace}/**', 'shared/*'] }, 2],
  ])('%s', (_, spec, patterns) => {
    expect(unwrap(ofNamespace(spec)).allowedKeys?.length).toBe(patterns);
  });
});

describe('a source that cannot be used', () => {
  test.each<[string, () => { readonly ok: boolean }, string]>([
    ['without a provider', () => ofNamespace({ provider: {} }), 'set exactly one of vault'],
    [
      'with two logins',
      () => ofNamespace({ provider: vaultSpec({ ...tokenAuth(), jwt: jwt() }) }),
      'set exactly one of kubernetes, jwt, appRole, token',
    ],
    ['with a mount that climbs', () => ofNamespace({ provider: climbing() }), 'kv.mount'],
    ['with a pattern that is none', () => ofNamespace({ allowedKeys: ['/etl'] }), 'spec.allowedKeys[0]'],
    ['of the cluster for nobody', () => ofCluster({ namespaces: {} }), 'set exactly one of names, selector, all'],
  ])('%s says which field is wrong', (_, checked, message) => {
    expect(checked()).toMatchObject({
      ok: false,
      fault: { reason: 'InvalidSpec', message: expect.stringContaining(message) },
    });
  });

  const jwt = (): Fields => ({ role: 'etl', serviceAccountRef: { name: 'app', audiences: ['vault'] } });
  const tokenAuth = (): Fields => ({ token: { secretRef: { name: 'cred', key: 'token' } } });
  const climbing = (): Fields => ({ vault: { ...vaultSpec().vault, kv: { mount: 'secret/../sys' } } });
});

describe('a cluster source whose namespaces read as one', () => {
  const api = (more: Fields): Fields => ({ provider: { http: { url: 'https://api.example.com/{key}', ...more } } });
  const serviceAccountRef = { name: 'app', audiences: ['api'] };
  const secretRef = { name: 'cred', key: 'token' };
  const shared: readonly (readonly [string, Fields])[] = [
    ['by a credential', tokenLogin],
    ['without any login', api({})],
    ['by a header from a Secret', api({ headers: [{ name: 'x-token', secretRef }] })],
    [
      'by such a header beside their own ServiceAccount',
      api({ headers: [{ name: 'x', secretRef }], auth: { serviceAccountRef } }),
    ],
  ];

  test.each(shared)('%s needs allowedKeys that are not empty', (_, spec) => {
    for (const allowedKeys of [undefined, []])
      expect(ofCluster({ ...spec, ...(allowedKeys && { allowedKeys }) })).toMatchObject({
        fault: { reason: 'InvalidSpec', message: expect.stringMatching(/^spec\.allowedKeys must be set: /) },
      });
    expect(ofCluster({ ...spec, allowedKeys: ['{namespace}/**'] }).ok).toBe(true);
  });

  test.each(shared)('%s is their own business in a namespace', (_, spec) => {
    expect(ofNamespace(spec).ok).toBe(true);
  });

  test('is none where each logs in with a ServiceAccount of its own', () => {
    expect(ofCluster({}).ok).toBe(true);
    expect(ofCluster(api({ auth: { serviceAccountRef } })).ok).toBe(true);
  });
});

describe('values that no store guards', () => {
  const rules = { allowOperatorIdentity: false, operatorNamespace: 'shearline-system', closedAddress: open };
  const fake = { fake: { data: [{ key: 'a', value: 'b' }] } };
  const local = { local: { environment: {} } };
  const ofCluster = (): boolean => true;
  const answer = (provider: object, how: Partial<Parameters<typeof sourceChecker>[0]>, namespaced: boolean): string => {
    const checker = sourceChecker({ ...rules, ...how });
    const checked = namespaced
      ? checker(parsedSource(source('vault', { provider })))
      : checker(parsedClusterSource(clusterSource('vault-prod', { provider, allowedKeys: ['**'] })));
    return checked.ok ? 'taken' : checked.fault.message;
  };

  test.each<[string, object, Partial<Parameters<typeof sourceChecker>[0]>, boolean, string | RegExp]>([
    ['a spec, by an operator that allows nothing', fake, {}, false, /must run with --allow-insecure-providers/],
    ['by a tenant', fake, {}, true, /must run with --allow-insecure-namespaced-providers/],
    [
      'by a tenant where only cluster sources may',
      fake,
      { allowInsecure: asker => !asker.namespaced },
      true,
      /-namespaced-/,
    ],
    ['by an operator that allows them', fake, { allowInsecure: ofCluster }, false, 'taken'],
    ['on a laptop', fake, { onMachine: true }, true, 'taken'],
    [
      'files, by an operator that allows everything',
      local,
      { allowInsecure: ofCluster },
      false,
      /no operator takes it/,
    ],
    ['files of a tenant', local, { allowInsecure: ofCluster }, true, /no operator takes it/],
    ['files on a laptop', local, { onMachine: true }, true, 'taken'],
  ])('%s', (_, provider, how, namespaced, expected) => {
    expect(answer(provider, how, namespaced)).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });
});

describe('a closed address', () => {
  const asked: (readonly [string, boolean])[] = [];
  const strict = sourceChecker({
    allowOperatorIdentity: false,
    operatorNamespace: 'shearline-system',
    closedAddress: (address, { namespaced }) => {
      asked.push([address, namespaced]);
      return namespaced ? 'loopback addresses are closed to namespaced sources' : undefined;
    },
  });

  test('is refused by our rule, in our words, for the kind of source that it is closed to', () => {
    expect(strict(parsedSource(source()))).toMatchObject({
      fault: { message: expect.stringMatching(/^the address of spec\.provider\.vault cannot be used: loopback/) },
    });
    expect(strict(parsedClusterSource(clusterSource())).ok).toBe(true);
    expect(asked).toEqual([
      ['https://vault.example.com:8200', true],
      ['https://vault.example.com:8200', false],
    ]);
  });
});

test('each version of a source is checked once', () => {
  let checks = 0;
  const counting = sourceChecker({
    allowOperatorIdentity: false,
    operatorNamespace: '',
    closedAddress: () => void checks++,
  });
  const object = parsedSource(source());
  for (let count = 0; count < 3; count++) counting(object);
  expect(checks).toBe(1);
});
