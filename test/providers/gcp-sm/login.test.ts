import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { canary } from '../../canary.ts';
import { faultText } from '../wire.ts';
import {
  email,
  errorInfo,
  gke,
  granted,
  oauthError,
  page,
  type Reply,
  reply,
  rig,
  serviceAccountKey,
  spec,
  status,
  workloadIdentity,
} from './rig.ts';

const acting = spec({ auth: { workloadIdentity: { ...workloadIdentity, googleServiceAccount: email } } });
const byKey = spec({ auth: { serviceAccountKey } });
const asOperator = spec({ auth: { operator: {} } });

describe('what is sent', () => {
  test('the token of the namespace goes to the token service, and nowhere else', async () => {
    const wire = rig(() => granted);
    const session = await wire.session();
    expect(wire.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://sts.googleapis.com/v1/token',
    ]);
    expect(Object.fromEntries(new URLSearchParams(`${wire.sent[0]?.body}`))).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      audience: `//iam.googleapis.com/${workloadIdentity.provider}`,
      subject_token: `jwt-${canary}`,
    });
    expect((session.expiresAt ?? 0) - Date.now()).toBeGreaterThan(3_500_000);
    expect(session.renew).toBeUndefined();
  });

  test('on GKE the pool of the project is asked for, and the cluster as its provider', async () => {
    const wire = rig(() => granted);
    await wire.session(spec({ auth: { gke } }));
    expect(new URLSearchParams(`${wire.sent[0]?.body}`).get('audience')).toBe(
      `identitynamespace:etl-prod.svc.id.goog:https://container.googleapis.com/v1/${gke.cluster}`,
    );
  });

  test.each([
    ['the source names it', acting, {}],
    ['the ServiceAccount names it', spec(), { 'iam.gke.io/gcp-service-account': email }],
    [
      'the source’s word counts more',
      acting,
      { 'iam.gke.io/gcp-service-account': 'other@etl-prod.iam.gserviceaccount.com' },
    ],
  ])('a Google service account is acted as when %s', async (_, given, annotations) => {
    const wire = rig(({ url }) => (url.endsWith(':generateAccessToken') ? reply({ accessToken: 'second' }) : granted));
    const serviceAccount = { namespace: 'etl', name: 'app', uid: 'u', annotations };
    expect(faultText(await wire.login(given, { serviceAccount }))).toBe('no fault');
    const { url, headers, body } = wire.sent[1] ?? {};
    expect(url).toBe(
      `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    );
    expect(headers).toMatchObject({ authorization: `Bearer token-${canary}` });
    expect(`${body}`).toContain('"lifetime":"3600s"');
  });

  test('the metadata server is asked with its header, when the source says so', async () => {
    const wire = rig(() => granted);
    await wire.session(asOperator);
    expect(wire.sent).toEqual([
      {
        method: 'GET',
        url: 'http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token',
        headers: { 'metadata-flavor': 'Google' },
        maxBodyBytes: 65_536,
      },
    ]);
  });
});

describe('a refused login says what to fix', () => {
  const who = 'ServiceAccount etl/app in //iam.googleapis.com/projects/153396971788/.*/providers/this-one';
  const grantee = 'principal://iam.googleapis.com/.*/clusters/subject/system:serviceaccount:etl:app';
  const flavor = { headers: { 'metadata-flavor': 'Google' } };
  test.each<[string, Parameters<typeof spec>[0] | undefined, Reply, string]>([
    ['no such pool', {}, oauthError('invalid_target'), `refused ${who}: there is no such pool or provider`],
    [
      'another audience',
      {},
      oauthError('invalid_grant', 'The audience in ID Token [x] does not match the expected audience y'),
      'it does not take the token.s audience, //iam.googleapis.com/projects/.*issuer and allowed audiences',
    ],
    [
      'an attribute condition',
      {},
      oauthError('unauthorized_client', 'The given credential is rejected by the attribute condition.'),
      'its attribute condition is not met by system:serviceaccount:etl:app',
    ],
    [
      'keys that Google cannot fetch',
      {},
      oauthError('invalid_grant', "Error connecting to the given credential's issuer."),
      'Google cannot fetch this cluster.s keys',
    ],
    [
      'another issuer',
      {},
      oauthError('invalid_grant', 'The issuer in ID Token https://a does not match the expected ones: https://b'),
      'it trusts another issuer than this cluster',
    ],
    ['a late token', {}, oauthError('invalid_grant', 'ID Token issued at 1 is stale to sign-in.'), 'clocks'],
    ['new keys', {}, oauthError('invalid_grant', 'Invalid ID Token signature.'), 'upload the keys again'],
    ['anything else', {}, oauthError('invalid_grant'), `refused ${who}: check auth.workloadIdentity.provider`],
    ['GKE', { auth: { gke } }, oauthError('invalid_target'), 'check auth.gke.cluster, and that workload identity'],
    ['no key', { auth: { serviceAccountKey } }, granted, 'InvalidSpec: no such Secret'],
    [
      'no service account at the node',
      { auth: { operator: {} } },
      reply('x', 404, flavor),
      'gives the operator no token',
    ],
    [
      'another cloud',
      { auth: { operator: {} } },
      reply('x', 404),
      'the operator does not run on GKE or Compute Engine',
    ],
  ])('%s', async (_, more, answer, expected) => {
    expect(faultText(await rig(() => answer).login(spec(more)))).toMatch(new RegExp(`^[\\x20-\\x7e]*${expected}`));
  });

  test.each<[string, Reply, string]>([
    [
      'may not',
      status(403, 'PERMISSION_DENIED', canary, errorInfo('IAM_PERMISSION_DENIED')),
      `does not let ${grantee} act as ${email}: grant it roles/iam.workloadIdentityUser`,
    ],
    ['not there', status(404, 'NOT_FOUND'), `knows no service account ${email}`],
    [
      'API off',
      status(403, 'PERMISSION_DENIED', canary, errorInfo('SERVICE_DISABLED')),
      'services enable iamcredentials',
    ],
    ['bad request', status(400, 'INVALID_ARGUMENT'), 'does not let'],
  ])('acting as a Google service account: %s', async (_, answer, expected) => {
    const wire = rig(({ url }) => (url.endsWith(':generateAccessToken') ? answer : granted));
    expect(faultText(await wire.login(acting))).toMatch(new RegExp(`^AuthFailed: Google IAM at .*${expected}`));
  });

  test('an annotation that is no e-mail address is refused before anything is sent', async () => {
    const wire = rig(() => granted);
    const annotations = { 'iam.gke.io/gcp-service-account': '../../x:signBlob' };
    const serviceAccount = { namespace: 'etl', name: 'app', uid: 'u', annotations };
    expect(faultText(await wire.login(spec(), { serviceAccount }))).toMatch(
      /^SourceInvalid: annotation iam.gke.io\/gcp-service-account of ServiceAccount etl\/app is no e-mail address/,
    );
    expect(wire.sent).toEqual([]);
  });
});

/** PKCS#1: version, a modulus of 4,800 bits, and seven small numbers. */
const modulus = Buffer.concat([Buffer.from('02820258', 'hex'), Buffer.alloc(600, 0x7b)]);
const numbers = Buffer.concat([Buffer.from('020100', 'hex'), modulus, Buffer.from('020103'.repeat(7), 'hex')]);
const rsaKey = Buffer.concat([Buffer.from([0x30, 0x82, numbers.length >> 8, numbers.length & 0xff]), numbers]);
const longKey = `-----BEGIN RSA PRIVATE KEY-----\n${rsaKey.toString('base64')}\n-----END RSA PRIVATE KEY-----\n`;

describe('a key', () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const file = { type: 'service_account', client_email: email, private_key: pem, private_key_id: 'k1' };
  const login = (content: unknown, answer: Reply = granted) => {
    const wire = rig(() => answer);
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const credential = async () => ok(SecretValue.fromText(text));
    return { wire, entered: wire.login(byKey, { credential }) };
  };

  test('signs an assertion for Google, wherever its own file would send it', async () => {
    const { wire, entered } = login({ ...file, token_uri: 'https://evil.example/token' });
    expect(faultText(await entered)).toBe('no fault');
    expect(wire.sent.map(({ url }) => url)).toEqual(['https://oauth2.googleapis.com/token']);
    const assertion = new URLSearchParams(`${wire.sent[0]?.body}`).get('assertion') ?? '';
    const [head, claims] = assertion.split('.').map(part => Buffer.from(part, 'base64url').toString());
    expect(JSON.parse(head ?? '')).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
    expect(JSON.parse(claims ?? '')).toMatchObject({ iss: email, aud: 'https://oauth2.googleapis.com/token' });
    expect(`${wire.sent[0]?.body}`).not.toContain('PRIVATE');
  });

  test.each([
    ['no JSON', canary],
    ['of a user', { ...file, type: 'authorized_user' }],
    ['of somebody else', { ...file, client_email: 'somebody@example.com' }],
    ['without the key', { ...file, private_key: undefined }],
    ['with a damaged key', { ...file, private_key: canary }],
    ['with half a key', { ...file, private_key: `${pem}`.slice(0, 500) }],
    ['with a key of another kind', { ...file, private_key: ecKey }],
    ['with a key that takes long to sign with', { ...file, private_key: longKey }],
  ])('that is %s is sent nowhere', async (_, content) => {
    const { wire, entered } = login(content);
    expect(faultText(await entered)).toMatch(/^AuthFailed: key "key.json" of Secret "google" is no key file/);
    expect(wire.sent).toEqual([]);
  });

  test.each([
    ['Invalid JWT Signature.', 'the key was deleted or disabled'],
    ['Invalid grant: account not found', 'there is no such service account any more'],
    ['Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.', 'clock'],
    [canary, 'check that the key and the service account are there'],
  ])('that is refused: %s', async (sentence, expected) => {
    const { entered } = login(file, oauthError('invalid_grant', sentence));
    expect(faultText(await entered)).toMatch(
      new RegExp(`^AuthFailed: .*refused the key of ${email} in Secret "google": .*${expected}`),
    );
  });
});

describe('an answer that is no login', () => {
  test.each<[string, Reply, RegExp]>([
    ['a page', reply(page), /^ProviderUnavailable: .*not Google's/],
    ['no token', reply({ expires_in: 3600 }), /^ProviderUnavailable/],
    ['a token that never was alive', reply({ access_token: 'x', expires_in: 0 }), /^ProviderUnavailable/],
    ['a token with a line break', reply({ access_token: 'a\r\nX: y', expires_in: 1 }), /^ProviderUnavailable/],
    ['a problem', status(500, 'INTERNAL'), /^ProviderUnavailable: .*status 500/],
    ['too many', reply(page, 429), /^Throttled/],
  ])('%s', async (_, answer, expected) => {
    for (const given of [spec(), asOperator]) expect(faultText(await rig(() => answer).login(given))).toMatch(expected);
    const late = rig(({ url }) => (url.endsWith(':generateAccessToken') ? answer : granted));
    expect(faultText(await late.login(acting))).toMatch(expected);
  });

  test('a proxy that says no is none, either', async () => {
    const answer = reply(page, 400);
    expect(faultText(await rig(() => answer).login())).toMatch(/^ProviderUnavailable: .*not Google's/);
    const late = rig(({ url }) => (url.endsWith(':generateAccessToken') ? answer : granted));
    expect(faultText(await late.login(acting))).toMatch(/^ProviderUnavailable: .*not Google's/);
  });
});
