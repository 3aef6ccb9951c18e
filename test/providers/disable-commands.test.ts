import { describe, expect, test } from '@jest/globals';
import { bindProvider, type ProviderFields } from '../../src/providers/index.ts';
import { commandLine } from '../../src/providers/kit/command.ts';

const secretRef = { name: 'credential', key: 'token' };
const account = { name: 'reader', audiences: ['store'] };
const id = '11111111-2222-3333-4444-555555555555';
const kv = (more: object = {}) => ({ address: 'https://vault:8200', auth: { token: { secretRef } }, ...more });
const aws = { region: 'eu-central-1', auth: { webIdentity: { serviceAccountRef: account } } };
const gcp = { project: 'etl-prod', auth: { serviceAccountKey: { secretRef } } };
const azureAuth = { servicePrincipal: { tenantId: id, clientId: id, clientSecretRef: secretRef } };
const azure = { vaultUrl: 'https://etl.vault.azure.net/', auth: azureAuth };
const version = 'd9f2f96f120d4537ba7d82fecd913043';

/** What `shearline` says to whoever revokes an older version: as the documentation of each store's own tool has it. */
const rows: readonly (readonly [string, ProviderFields, key: string, version: string, command: string | undefined])[] =
  [
    [
      'Vault, KV version 2',
      { vault: kv() },
      'etl/warehouse',
      '6',
      'vault kv delete -mount=secret -versions=6 etl/warehouse (OpenBao: bao instead of vault)',
    ],
    [
      'a namespace of Vault, and a key that a shell would take apart',
      { vault: kv({ namespace: 'team/etl', kv: { mount: 'kv2' } }) },
      "etl/it's $HOME",
      '6',
      "vault kv delete -namespace=team/etl -mount=kv2 -versions=6 'etl/it'\\''s $HOME' (OpenBao: bao instead of vault)",
    ],
    [
      'a key that looks like a flag',
      { vault: kv() },
      '-address=https:/evil',
      '6',
      'vault kv delete -mount=secret -versions=6 -- -address=https:/evil (OpenBao: bao instead of vault)',
    ],
    ['KV version 1, which keeps no versions', { vault: kv({ kv: { version: 1 } }) }, 'etl/warehouse', '6', undefined],
    [
      'AWS Secrets Manager',
      { awsSm: aws },
      'etl/warehouse',
      version,
      `aws secretsmanager update-secret-version-stage --region eu-central-1 --secret-id etl/warehouse --version-stage AWSPREVIOUS --remove-from-version-id ${version}`,
    ],
    ['AWS Parameter Store', { awsSsm: aws }, 'etl/warehouse', '6', undefined],
    [
      'Google Secret Manager',
      { gcpSm: gcp },
      'warehouse',
      '6',
      'gcloud secrets versions disable 6 --secret=warehouse --project=etl-prod',
    ],
    [
      'a regional secret of Google',
      { gcpSm: { ...gcp, location: 'europe-west3' } },
      'warehouse',
      '6',
      'gcloud secrets versions disable 6 --secret=warehouse --project=etl-prod --location=europe-west3',
    ],
    [
      'a secret of Key Vault',
      { azureKv: azure },
      'warehouse',
      version,
      `az keyvault secret set-attributes --id https://etl.vault.azure.net/secrets/warehouse/${version} --enabled false`,
    ],
    [
      'a certificate of Key Vault',
      { azureKv: azure },
      'certificate/gateway',
      version,
      `az keyvault certificate set-attributes --id https://etl.vault.azure.net/certificates/gateway/${version} --enabled false`,
    ],
    [
      'Databricks',
      { databricks: { host: 'https://dbc-1.cloud.databricks.com', auth: { token: { secretRef } } } },
      'scope/key',
      '6',
      undefined,
    ],
    ['HTTP', { http: { url: 'https://api.example.com/secrets/{key}' } }, 'warehouse', '6', undefined],
    ['Kubernetes', { kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } } }, 'warehouse', '6', undefined],
    ['fake', { fake: { data: [{ key: 'warehouse', value: 'v' }] } }, 'warehouse', '6', undefined],
  ];

test.each(rows)('the command that disables one version of %s', (_, provider, key, version, command) => {
  const bound = bindProvider(provider);
  expect(bound.ok && bound.value.disableCommand?.(key, version)).toBe(command);
});

describe('a word of a command line', () => {
  test.each([
    ['etl/warehouse', 'etl/warehouse'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$(rm -rf /)', "'$(rm -rf /)'"],
    ["it's", "'it'\\''s'"],
    ['a;b', "'a;b'"],
    ['rds!db', "'rds!db'"],
    ['zwölf', "'zwölf'"],
  ])('%j', (word, quoted) => {
    expect(commandLine(word)).toBe(quoted);
  });
});
