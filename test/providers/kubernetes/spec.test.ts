import { describe, expect, test } from '@jest/globals';
import { defineProvider } from '../../../src/providers/index.ts';
import { kubernetes } from '../../../src/providers/kubernetes/index.ts';
import { KubernetesSpec } from '../../../src/providers/kubernetes/spec.ts';

const server = { address: 'https://api.example.com:6443' };
const own = { serviceAccountRef: { name: 'reader' } };
const other = { serviceAccountRef: { name: 'reader', audiences: ['other'] } };
const token = { token: { secretRef: { name: 'other', key: 'token' } } };

const why = (given: object): string => {
  const parsed = KubernetesSpec.safeParse(given);
  return parsed.success ? 'parses' : parsed.error.issues.map(({ message }) => message).join('; ');
};

describe('a spec that could not work, or would send a token to strangers, is refused', () => {
  test.each<[string, object, RegExp]>([
    ['no login', { auth: {} }, /exactly one of serviceAccountRef, token/],
    ['two logins', { server, auth: { ...other, ...token } }, /exactly one of/],
    ['another cluster without an audience', { server, auth: own }, /needs auth\.serviceAccountRef\.audiences/],
    ['this cluster with an audience', { auth: other }, /without server this cluster is read/],
    ['this cluster with a token', { auth: token }, /without server this cluster is read/],
    ['no audience in the list', { server, auth: { serviceAccountRef: { name: 'a', audiences: [] } } }, /Too small/],
    ['an address with a user', { server: { address: 'https://a:b@api.example.com' }, auth: other }, /Invalid string/],
    ['an address with a query', { server: { address: 'https://api.example.com/?x' }, auth: other }, /Invalid string/],
  ])('%s', (_, given, message) => expect(why(given)).toMatch(message));

  test.each([['https://api.example.com:99999'], ['https://api.example.com/a/../b'], ['https://api.example.com//b']])(
    'the address %s',
    address => {
      const bound = defineProvider(kubernetes).bind({ server: { address }, auth: other });
      expect(bound).toMatchObject({ ok: false, fault: { message: expect.stringMatching(/^server\.address must be/) } });
    },
  );
});

describe('what a login needs', () => {
  const needs = (given: object) => kubernetes.needs(KubernetesSpec.parse(given));

  test('in this cluster: a ServiceAccount, and no address', () => {
    expect(needs({ auth: own })).toEqual({
      addresses: [],
      serviceAccount: { name: 'reader', audiences: 'this-cluster' },
      credentials: [],
    });
  });

  test('in another one: its address, its authority, and tokens for its audiences alone', () => {
    const caBundle = { configMapKeyRef: { name: 'ca', key: 'ca.crt' } };
    expect(needs({ server: { ...server, caBundle }, auth: other })).toEqual({
      addresses: [server.address],
      serviceAccount: { name: 'reader', audiences: ['other'] },
      caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } },
      credentials: [],
    });
    expect(needs({ server, auth: token })).toEqual({
      addresses: [server.address],
      credentials: [{ name: 'other', key: 'token' }],
    });
  });

  test('never a token of this cluster for another one, even of a spec that came past the rules', () => {
    const { serviceAccount } = kubernetes.needs({ server, auth: own });
    expect(serviceAccount?.audiences).not.toBe('this-cluster');
  });
});

describe('a key has one canonical form', () => {
  const spec = KubernetesSpec.parse({ auth: own });
  const faultText = (key: string) => {
    const canonical = kubernetes.canonicalKey(spec, key);
    return canonical.ok ? canonical.value : canonical.fault.message;
  };

  test.each([
    ['etl/db', 'secrets/etl/db'],
    ['secrets/etl/db', 'secrets/etl/db'],
    ['configmaps/etl/db', 'configmaps/etl/db'],
    ['secrets/etl/db/keystore.jks', 'secrets/etl/db/keystore.jks'],
    ['secrets/etl/db/__proto__', 'secrets/etl/db/__proto__'],
    ['etl/a.b-c', 'secrets/etl/a.b-c'],
    [`${'n'.repeat(63)}/${'s'.repeat(253)}`, `secrets/${'n'.repeat(63)}/${'s'.repeat(253)}`],
  ])('%s', (key, canonical) => expect(faultText(key)).toBe(canonical));

  test.each([
    ['db', /^a remote key is secrets\/NAMESPACE\/NAME/],
    ['a/b/c', /^a remote key is/],
    ['pods/etl/db', /^a remote key is/],
    ['secrets/etl/db/a/b', /^a remote key is/],
    ['Etl/db', /the namespace in the remote key/],
    ['a.b/db', /the namespace in the remote key/],
    [`${'n'.repeat(64)}/db`, /the namespace in the remote key/],
    ['etl/Db', /the object's name/],
    ['etl/a..b', /the object's name/],
    ['etl/-a', /the object's name/],
    ['secrets/etl/db/..', /the data key/],
    ['secrets/etl/db/..data', /the data key/],
    ['secrets/etl/db/a b', /the data key/],
    ['secrets/etl/db/', /the data key/],
  ])('%j is none', (key, message) => expect(faultText(key)).toMatch(message));
});
