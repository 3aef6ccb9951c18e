import { beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { ControlPlaneAccess } from './access.ts';
import { createTokenVerifier, type TokenVerifier } from './oidc.ts';
import { sharedControlPlane } from './shared.ts';

let controlPlane: ControlPlaneAccess;
let verifier: TokenVerifier;
let good: string;

beforeAll(async () => {
  controlPlane = await sharedControlPlane();
  verifier = createTokenVerifier({ issuer: controlPlane.server, ca: controlPlane.ca });
  good = await controlPlane.token(
    { serviceAccount: 'default', namespace: 'kube-public' },
    { audiences: ['other', 'store'] },
  );
});

test('a ServiceAccount’s token says whose it is and for whom', async () => {
  expect(await verifier.verify(good, { audience: ['not-this', 'store'] })).toMatchObject({
    ok: true,
    subject: 'system:serviceaccount:kube-public:default',
    namespace: 'kube-public',
    serviceAccount: 'default',
    audience: 'store',
  });
});

describe('refused, with the reason', () => {
  const swap = (token: string, part: number, text: string) =>
    token.split('.').with(part, Buffer.from(text).toString('base64url')).join('.');
  const claims = () => JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString('utf8'));

  /** As good as the API server could do it, but with a key of the forger's. */
  const forged = async (kid: string, more: object = {}) => {
    const { privateKey } = await generateKeyPair('RS256');
    return new SignJWT({ ...claims(), ...more }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
  };
  const kid = (): string => JSON.parse(Buffer.from(good.split('.')[0] ?? '', 'base64url').toString('utf8')).kid;

  test.each<[string, () => string | Promise<string>]>([
    ['malformed', () => 'no token'],
    ['issuer', () => swap(good, 1, JSON.stringify({ ...claims(), iss: 'https://elsewhere' }))],
    ['signature', () => swap(good, 1, JSON.stringify({ ...claims(), sub: 'system:serviceaccount:a:b' }))],
    ['signature', () => forged(kid())],
    ['key', () => forged('unknown')],
    ['algorithm', () => swap(good, 0, JSON.stringify({ alg: 'none' }))],
    ['algorithm', () => swap(good, 0, JSON.stringify({ alg: 'HS256', kid: kid() }))],
  ])('%s', async (reason, token) => {
    expect(await verifier.verify(await token(), { audience: 'store' })).toEqual({ ok: false, reason });
  });

  test('audience', async () => {
    expect(await verifier.verify(good, { audience: 'vault' })).toEqual({ ok: false, reason: 'audience' });
  });

  test.each([
    ['expired', 2 * 3600_000],
    ['not-yet', -2 * 3600_000],
  ])('%s, to a server whose clock is that far off', async (reason, aheadMs) => {
    const now = () => new Date(Date.now() + aheadMs);
    const skewed = createTokenVerifier({ issuer: controlPlane.server, ca: controlPlane.ca, now });
    expect(await skewed.verify(good, { audience: 'store' })).toEqual({ ok: false, reason });
  });
});

test('a key of the forger’s own is not taken from the token', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const token = await new SignJWT({ iss: controlPlane.server, sub: 'system:serviceaccount:a:b', aud: 'store' })
    .setProtectedHeader({ alg: 'RS256', jwk })
    .setExpirationTime('1h')
    .sign(privateKey);
  expect(await verifier.verify(token, { audience: 'store' })).toMatchObject({ ok: false });
});
