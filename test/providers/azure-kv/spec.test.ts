import { describe, expect, test } from '@jest/globals';
import { cloudOf, scopeOf } from '../../../src/providers/azure-kv/clouds.ts';
import { azureKv } from '../../../src/providers/azure-kv/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import { clientId, serviceAccountRef, servicePrincipal, spec, tenantId, vaultUrl, workloadIdentity } from './rig.ts';

const parses = (given: object) => azureKv.spec.safeParse({ vaultUrl, auth: { workloadIdentity }, ...given }).success;

describe('a spec that could not work is refused', () => {
  test.each<[string, object]>([
    ['no login', { auth: {} }],
    ['two logins', { auth: { workloadIdentity, servicePrincipal } }],
    ['plain http', { vaultUrl: 'http://etl.vault.azure.net' }],
    ['a path', { vaultUrl: `${vaultUrl}/secrets` }],
    ['a query', { vaultUrl: `${vaultUrl}?x=CANARY-7f3a` }],
    ['a user', { vaultUrl: 'https://user:CANARY-7f3a@etl.vault.azure.net' }],
    ['no host', { vaultUrl: 'https://' }],
    ['an authority by http', { authorityHost: 'http://login.microsoftonline.com' }],
    ['an authority with a tenant', { authorityHost: `https://login.microsoftonline.com/${tenantId}` }],
    ['a client that is no id', { auth: { workloadIdentity: { ...workloadIdentity, clientId: 'etl' } } }],
    ['any tenant', { auth: { workloadIdentity: { ...workloadIdentity, tenantId: 'common' } } }],
    ['a tenant with a path', { auth: { workloadIdentity: { ...workloadIdentity, tenantId: 'a.b/oauth2' } } }],
    ['a tenant that climbs', { auth: { workloadIdentity: { ...workloadIdentity, tenantId: '..' } } }],
    ['an operator without a client', { auth: { operator: { tenantId, serviceAccountRef } } }],
    ['no audience', { auth: { workloadIdentity: { serviceAccountRef: { name: 'app', audiences: [] } } } }],
  ])('%s', (_, given) => expect(parses(given)).toBe(false));

  test('a port that is none', () => {
    const bound = defineProvider(azureKv).bind({
      vaultUrl: 'https://etl.vault.azure.net:99999',
      auth: { workloadIdentity },
    });
    expect(bound).toMatchObject({ ok: false, fault: { reason: 'InvalidSpec' } });
  });
});

describe('a spec that works', () => {
  test.each<[string, object]>([
    ['a slash at the end', { vaultUrl: `${vaultUrl}/` }],
    [
      'a tenant by its domain',
      { auth: { workloadIdentity: { ...workloadIdentity, tenantId: 'contoso.onmicrosoft.com' } } },
    ],
    ['client and tenant on the ServiceAccount', { auth: { workloadIdentity: { serviceAccountRef } } }],
  ])('%s', (_, given) => expect(parses(given)).toBe(true));
});

describe('what a login needs', () => {
  test('a ServiceAccount, and those of its annotations that the source leaves open', () => {
    const needs = (auth: object) => azureKv.needs(spec({ auth }));
    expect(needs({ workloadIdentity: { serviceAccountRef } })).toEqual({
      addresses: [vaultUrl, 'https://login.microsoftonline.com'],
      serviceAccount: {
        name: 'app',
        audiences: ['api://AzureADTokenExchange'],
        annotations: ['azure.workload.identity/client-id', 'azure.workload.identity/tenant-id'],
      },
      credentials: [],
    });
    expect(needs({ workloadIdentity: { clientId, serviceAccountRef } }).serviceAccount?.annotations).toEqual([
      'azure.workload.identity/tenant-id',
    ]);
    expect(needs({ workloadIdentity }).serviceAccount?.annotations).toEqual([]);
  });

  test('the operator’s own, which is told apart', () => {
    const operator = { clientId, tenantId, serviceAccountRef: { name: 'shearline', audiences: ['mine'] } };
    expect(azureKv.needs(spec({ auth: { operator } }))).toMatchObject({
      operatorIdentity: true,
      serviceAccount: { name: 'shearline', audiences: ['mine'], annotations: [] },
    });
  });

  test('a credential, a CA bundle, another authority', () => {
    const caBundle = { configMapKeyRef: { name: 'ca', key: 'ca.crt' } };
    const authorityHost = 'https://login.example.com';
    expect(azureKv.needs(spec({ auth: { servicePrincipal }, caBundle, authorityHost }))).toEqual({
      addresses: [vaultUrl, authorityHost],
      caBundle: { configMapKeyRef: { name: 'ca', key: 'ca.crt' } },
      credentials: [{ name: 'azure', key: 'secret' }],
    });
  });
});

describe('a vault’s host tells its cloud, and the scope of the token', () => {
  test.each([
    ['https://etl.vault.azure.net', 'login.microsoftonline.com', 'vault.azure.net', ''],
    ['https://ETL.Vault.Azure.Net/', 'login.microsoftonline.com', 'vault.azure.net', ''],
    ['https://etl.vault.usgovcloudapi.net', 'login.microsoftonline.us', 'vault.usgovcloudapi.net', 'USGov'],
    ['https://etl.vault.azure.cn', 'login.partner.microsoftonline.cn', 'vault.azure.cn', 'China'],
    ['https://etl.vault.local.azurestack.external', 'login.microsoftonline.com', 'vault.local.azurestack.external', ''],
    ['https://etl.example.com:8443', 'login.microsoftonline.com', 'example.com', ''],
    ['https://etl.vault.azure.net.example.com', 'login.microsoftonline.com', 'vault.azure.net.example.com', ''],
    ['https://vault.azure.net', 'login.microsoftonline.com', 'azure.net', ''],
    ['https://127.0.0.1:8443', 'login.microsoftonline.com', '127.0.0.1', ''],
  ])('%s', (url, authority, domain, suffix) => {
    expect(cloudOf(url)).toEqual({
      authorityHost: `https://${authority}`,
      audience: `api://AzureADTokenExchange${suffix}`,
    });
    expect(scopeOf(url)).toBe(`https://${domain}/.default`);
  });
});
