import { describe, expect, test } from '@jest/globals';
import { gcpSm } from '../../../src/providers/gcp-sm/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import { email, gke, pool, serviceAccountKey, serviceAccountRef, spec, workloadIdentity } from './rig.ts';

const needs = (more: object) => gcpSm.needs(spec(more));
const google = (service: string) => `https://${service}.googleapis.com`;

describe('says what it needs from the cluster', () => {
  test('a token for the pool provider, and the annotation that may name another identity', () => {
    expect(needs({ caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } } })).toEqual({
      addresses: [google('secretmanager'), google('sts'), google('iamcredentials')],
      serviceAccount: {
        name: 'app',
        audiences: [`//iam.googleapis.com/${pool}/providers/this-one`],
        annotations: ['iam.gke.io/gcp-service-account'],
      },
      caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } },
      credentials: [],
    });
  });

  test('no annotation when the source says who it acts as, and the audiences that it says', () => {
    const ref = { ...serviceAccountRef, audiences: ['google'] };
    const auth = { workloadIdentity: { ...workloadIdentity, serviceAccountRef: ref, googleServiceAccount: email } };
    expect(needs({ auth }).serviceAccount).toEqual({ name: 'app', audiences: ['google'], annotations: [] });
  });

  test('on GKE a token for the pool of its project', () => {
    expect(needs({ auth: { gke } }).serviceAccount?.audiences).toEqual(['etl-prod.svc.id.goog']);
  });

  test('for a key that key alone', () => {
    expect(needs({ auth: { serviceAccountKey } })).toEqual({
      addresses: [google('secretmanager'), google('oauth2')],
      credentials: [{ name: 'google', key: 'key.json' }],
    });
  });

  test('as the operator the metadata server, and nobody’s token', () => {
    const metadata = 'http://169.254.169.254';
    const addresses = [google('secretmanager'), metadata];
    expect(needs({ auth: { operator: {} } })).toEqual({ addresses, operatorIdentity: true, credentials: [] });
    const acting = { operator: { googleServiceAccount: email } };
    expect(needs({ auth: acting }).addresses).toEqual([...addresses, google('iamcredentials')]);
  });

  test('regional secrets are at an address of their region, and each address can be another', () => {
    expect(needs({ location: 'europe-west3' }).addresses[0]).toBe(google('secretmanager.europe-west3.rep'));
    const given = {
      endpoint: 'https://a.example:1',
      stsEndpoint: 'https://b.example',
      iamEndpoint: 'https://c.example',
    };
    expect(needs(given).addresses).toEqual(Object.values(given));
    const oauthEndpoint = 'https://d.example';
    expect(needs({ oauthEndpoint, auth: { serviceAccountKey } }).addresses[1]).toBe(oauthEndpoint);
  });
});

describe('a spec that could not work is refused', () => {
  test.each<[string, object]>([
    ['no login', { auth: {} }],
    ['two logins', { auth: { workloadIdentity, operator: {} } }],
    ['a project in a path', { project: 'a/../b' }],
    ['a project of capitals', { project: 'ETL-PROD' }],
    ['no project', { project: '' }],
    ['a location that leaves its host', { location: 'x.evil.example/' }],
    ['plain http', { endpoint: 'http://secretmanager.example' }],
    ['an address with a path', { endpoint: 'https://secretmanager.example/v1' }],
    ['an address with a password', { stsEndpoint: 'https://user:CANARY-7f3a@sts.example' }],
    ['a pool without its provider', { auth: { workloadIdentity: { provider: pool, serviceAccountRef } } }],
    [
      'a pool by project id',
      { auth: { workloadIdentity: { provider: workloadIdentity.provider.replace(/\d+/, 'etl'), serviceAccountRef } } },
    ],
    ['a cluster by its short name', { auth: { gke: { cluster: 'etl', serviceAccountRef } } }],
    ['an account that is no e-mail address', { auth: { gke: { ...gke, googleServiceAccount: 'etl' } } }],
    ['an account in a path', { auth: { gke: { ...gke, googleServiceAccount: `../${email}` } } }],
    ['somebody’s mail', { auth: { operator: { googleServiceAccount: 'somebody@example.com' } } }],
  ])('%s', (_, more) => {
    const given = { project: 'etl-prod', auth: { workloadIdentity }, ...more };
    expect(gcpSm.spec.safeParse(given).success).toBe(false);
    expect(defineProvider(gcpSm).bind(given)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  });

  test('an address whose port does not exist', () => {
    const given = { project: 'etl-prod', auth: { workloadIdentity }, iamEndpoint: 'https://a.example:99999' };
    expect(defineProvider(gcpSm).bind(given)).toMatchObject({
      ok: false,
      fault: { message: 'each endpoint must be a URL such as https://sts.googleapis.com' },
    });
  });
});
