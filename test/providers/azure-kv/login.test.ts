import { afterEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { failed, ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { canary } from '../../canary.ts';
import { faultText } from '../wire.ts';
import {
  clientId,
  granted,
  type Reply,
  reply,
  rig,
  serviceAccountRef,
  servicePrincipal,
  spec,
  tenantId,
} from './rig.ts';

const form = (body: unknown) => Object.fromEntries(new URLSearchParams(`${body}`));

describe('one login is one request', () => {
  test('with the ServiceAccount’s token, for the scope of the vault', async () => {
    const { login, sent } = rig(() => granted);
    const before = systemClock.steady();
    const session = await login();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.url).toBe(`https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`);
    expect(form(sent[0]?.body)).toMatchObject({
      client_id: clientId,
      scope: 'https://vault.azure.net/.default',
      grant_type: 'client_credentials',
      client_assertion: `jwt-${canary}`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const life = session.ok ? (session.value.expiresAt ?? 0) - before : 0;
    expect(life).toBeGreaterThanOrEqual(3_600_000);
    expect(life).toBeLessThan(3_660_000);
  });

  test('with a client secret', async () => {
    const { login, sent } = rig(() => granted);
    expect((await login(spec({ auth: { servicePrincipal } }))).ok).toBe(true);
    expect(form(sent[0]?.body)).toMatchObject({ client_id: clientId, client_secret: `secret-${canary}` });
  });

  test.each([
    [
      'https://etl.vault.azure.cn',
      undefined,
      'https://login.partner.microsoftonline.cn',
      'https://vault.azure.cn/.default',
    ],
    [
      'https://etl.vault.usgovcloudapi.net',
      undefined,
      'https://login.microsoftonline.us',
      'https://vault.usgovcloudapi.net/.default',
    ],
    [
      'https://etl.example.com',
      'https://login.example.com:8443/',
      'https://login.example.com:8443',
      'https://example.com/.default',
    ],
  ])('at the authority of %s', async (vaultUrl, authorityHost, authority, scope) => {
    const { login, sent } = rig(() => granted);
    expect((await login(spec({ vaultUrl, ...(authorityHost && { authorityHost }) }))).ok).toBe(true);
    expect(sent.map(({ url }) => url)).toEqual([`${authority}/${tenantId}/oauth2/v2.0/token`]);
    expect(form(sent[0]?.body).scope).toBe(scope);
  });

  test('as the client and the tenant of the ServiceAccount’s annotations', async () => {
    const { login, sent } = rig(() => granted);
    const annotations = {
      'azure.workload.identity/client-id': '33333333-0000-4000-8000-000000000003',
      'azure.workload.identity/tenant-id': 'contoso.onmicrosoft.com',
    };
    const serviceAccount = { namespace: 'etl', name: 'app', uid: 'u', annotations };
    expect((await login(spec({ auth: { workloadIdentity: { serviceAccountRef } } }), { serviceAccount })).ok).toBe(
      true,
    );
    expect(sent[0]?.url).toBe('https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token');
    expect(form(sent[0]?.body).client_id).toBe('33333333-0000-4000-8000-000000000003');
  });
});

describe('the environment of the operator', () => {
  const environment = {
    AZURE_AUTHORITY_HOST: 'https://login.of-the-environment.com',
    AZURE_CLIENT_ID: '44444444-0000-4000-8000-000000000004',
    AZURE_TENANT_ID: '44444444-0000-4000-8000-000000000004',
    AZURE_FEDERATED_TOKEN_FILE: '/etc/hostname',
    AZURE_CLIENT_SECRET: 'of-the-environment',
    AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: 'true',
    HTTPS_PROXY: 'http://127.0.0.1:1',
  };
  const regions = ['AZURE_REGIONAL_AUTHORITY_NAME', 'MSAL_FORCE_REGION', 'REGION_NAME'];
  afterEach(() => {
    for (const name of [...Object.keys(environment), ...regions]) delete process.env[name];
  });

  test.each([['none'], ['westeurope'], ['AutoDiscoverRegion']])(
    'has no influence on a login, region %s',
    async region => {
      Object.assign(process.env, environment);
      if (region !== 'none') for (const name of regions) process.env[name] = region;
      const { session, sent } = rig(({ method }) => (method === 'POST' ? granted : reply({}, 500)));
      await (await session()).read({ key: 'x' }, new AbortController().signal);
      expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
        `POST https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`,
        'GET https://etl.vault.azure.net/secrets/x/?api%2Dversion=7.4',
      ]);
      expect(form(sent[0]?.body).client_id).toBe(clientId);
      expect(sent[1]?.headers.authorization).toBe(`Bearer token-${canary}`);
    },
  );
});

const entra = (number: number, error = 'invalid_client', status = 401): Reply =>
  reply({ error, error_description: `AADSTS${number}: ${canary} Trace ID: …`, error_codes: [number] }, status);

describe('a login that is refused says what to fix', () => {
  test.each<[number, string, RegExp]>([
    [700016, 'unauthorized_client', /no such application: check clientId and tenantId/],
    [7000229, 'unauthorized_client', /no such application/],
    [700211, 'invalid_client', /whose issuer is exactly the --service-account-issuer of this cluster/],
    [700212, 'invalid_client', /another audience than api:\/\/AzureADTokenExchange/],
    [700213, 'invalid_client', /subject is exactly system:serviceaccount:etl:app/],
    [7002138, 'invalid_client', /subject is exactly system:serviceaccount:etl:app/],
    [70021, 'invalid_request', /subject is exactly system:serviceaccount:etl:app, and whose issuer/],
    [700024, 'invalid_client', /check the clock of the API server/],
    [700027, 'invalid_client', /could not verify the token/],
    [50027, 'invalid_request', /could not verify the token/],
    [50166, 'invalid_request', /have to be public/],
    [90002, 'invalid_request', /this cloud has no tenant 22222222-.*: check tenantId and authorityHost/],
    [900023, 'invalid_request', /has no tenant/],
    [500011, 'invalid_resource', /knows no key vaults of this domain: check vaultUrl/],
    [7000112, 'unauthorized_client', /is disabled/],
    [53003, 'access_denied', /Conditional Access/],
    [12345, 'invalid_request', /look its number up/],
  ])('AADSTS%d', async (number, error, why) => {
    const fault = faultText(await rig(() => entra(number, error)).login());
    expect(fault).toMatch(why);
    expect(fault).toMatch(
      new RegExp(
        `^AuthFailed: Microsoft Entra at login.microsoftonline.com refused the login of ServiceAccount etl/app as application ${clientId} of tenant ${tenantId} \\(AADSTS${number}\\): `,
      ),
    );
  });

  test.each<[number, RegExp]>([
    [
      7000215,
      /Secret "azure" as application .*the client secret is wrong: the Secret has to hold its value, not its id/,
    ],
    [7000222, /the client secret has expired/],
    [700213, /needs a federated credential$/],
    [700212, /has another audience$/],
  ])('AADSTS%d, with a client secret', async (number, why) => {
    expect(faultText(await rig(() => entra(number)).login(spec({ auth: { servicePrincipal } })))).toMatch(why);
  });

  test('by a number that stands in the sentence alone, or by none', async () => {
    const only = (error_description?: string) => reply({ error: 'invalid_client', error_description }, 400);
    expect(faultText(await rig(() => only(`AADSTS700016: ${canary}`)).login())).toMatch(
      /\(AADSTS700016\): the tenant has no/,
    );
    expect(faultText(await rig(() => only(canary)).login())).toMatch(/of tenant [-\d]+: look its number up/);
    expect(faultText(await rig(() => only()).login())).toMatch(/look its number up/);
  });
});

describe('an answer that is no login', () => {
  test.each<[string, Reply, RegExp]>([
    ['a page', reply(`<html>${canary}`), /^ProviderUnavailable: Microsoft Entra at .* not its own/],
    ['no token', reply({ token_type: 'Bearer' }), /^ProviderUnavailable/],
    ['a token with a line break', reply({ access_token: `a\r\nX: ${canary}`, expires_in: 60 }), /^ProviderUnavailable/],
    ['a token that never ends', reply({ access_token: canary }), /^ProviderUnavailable/],
    ['a refusal that is none of Entra’s', reply({ message: canary }, 403), /^ProviderUnavailable: .*status 403/],
    ['a refusal as a page', reply(canary, 401), /^ProviderUnavailable: .*status 401/],
    ['a transient error', entra(90033, 'temporarily_unavailable', 400), /^ProviderUnavailable: .*for the moment/],
    ['500', reply(canary, 500), /^ProviderUnavailable: .*status 500/],
    [
      'bytes that are no text',
      ok({ status: 200, headers: {}, body: Uint8Array.from([0xff, 0xfe]) }),
      /^ProviderUnavailable/,
    ],
    [
      'a broken connection',
      failed({ kind: 'network', why: 'reset' }),
      /^ProviderUnavailable: Microsoft Entra at .* broke/,
    ],
    ['a closed address', failed({ kind: 'egress', rule: 'closed' }), /^SourceInvalid: Microsoft Entra at .*: closed/],
    ['a redirect', failed({ kind: 'redirect' }), /^ProviderUnavailable: .*redirects/],
  ])('%s', async (_, answer, expected) => {
    const { login, sent } = rig(() => answer);
    expect(faultText(await login())).toMatch(expected);
    expect(sent).toHaveLength(1); // the SDK would try three times
  });

  test('429, with its time', async () => {
    const throttled = await rig(() => reply({}, 429, 7000)).login();
    expect(throttled).toMatchObject({ ok: false, fault: { kind: 'throttled', retryAfterMs: 7000 } });
  });
});

describe('nothing is sent', () => {
  test.each([
    [{}, /etl\/app has no usable annotation azure.workload.identity\/client-id: set it, or set clientId in the source/],
    [{ 'azure.workload.identity/client-id': 'app' }, /no usable annotation azure.workload.identity\/client-id/],
    [{ 'azure.workload.identity/client-id': clientId }, /no usable annotation azure.workload.identity\/tenant-id/],
    [
      { 'azure.workload.identity/client-id': clientId, 'azure.workload.identity/tenant-id': '../x' },
      /no usable annotation azure.workload.identity\/tenant-id/,
    ],
  ])('for a ServiceAccount with the annotations %j', async (annotations, why) => {
    const { login, sent } = rig(() => granted);
    const serviceAccount = { namespace: 'etl', name: 'app', uid: 'u', annotations };
    const fault = await login(spec({ auth: { workloadIdentity: { serviceAccountRef } } }), { serviceAccount });
    expect(faultText(fault)).toMatch(why);
    expect(fault).toMatchObject({ fault: { kind: 'invalid', reason: 'SourceInvalid' } });
    expect(sent).toHaveLength(0);
  });

  test.each([[''], [' \n'], ['two\nlines'], ['é']])('for a client secret of %j', async text => {
    const { login, sent } = rig(() => granted);
    const credential = async () => ok(SecretValue.fromText(text));
    expect(faultText(await login(spec({ auth: { servicePrincipal } }), { credential }))).toMatch(
      /^AuthFailed: key "secret" of Secret "azure"/,
    );
    expect(sent).toHaveLength(0);
  });
});
