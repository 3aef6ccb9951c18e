import { azureKv } from '../../../src/providers/azure-kv/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import type { BoundProvider } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { type Harness, type Team, teams } from '../../conformance/harness.ts';
import { type Azure, startAzure, tenantId } from '../../servers/azure/azure.ts';

/** Of each team's own application, which trusts its ServiceAccount `app`. */
export const clientIds: Readonly<Record<Team, string>> = {
  'team-a': 'aaaaaaaa-0000-4000-8000-000000000001',
  'team-b': 'bbbbbbbb-0000-4000-8000-000000000002',
};

export const audience = 'api://AzureADTokenExchange';

/** Entra and a vault for the teams of a cluster: each has an application, which is named on its ServiceAccount. */
export async function startFor(cluster: ConformanceCluster): Promise<Azure> {
  const azure = await startAzure({ verifiers: { [cluster.issuer]: cluster.verifier } });
  for (const team of teams) {
    const clientId = clientIds[team];
    const subject = `system:serviceaccount:${cluster.namespace(team)}:app`;
    azure.directory.register({ tenantId, clientId, federated: [{ issuer: cluster.issuer, subject, audience }] });
    await cluster.annotate(team, {
      'azure.workload.identity/client-id': clientId,
      'azure.workload.identity/tenant-id': tenantId,
    });
  }
  return azure;
}

/**
 * Both teams have the role on the whole vault: where it is on single secrets, the vault refuses what is not there, and
 * proves no absence. That role reads no certificate.
 */
export async function start(cluster: ConformanceCluster): Promise<Harness> {
  const azure = await startFor(cluster);
  for (const team of teams) azure.access.assign(clientIds[team], 'Key Vault Secrets User');
  return harnessOf(azure, cluster);
}

/** With whatever roles the teams have there. */
export async function harnessOf(azure: Azure, cluster: ConformanceCluster): Promise<Harness> {
  const caBundle = await cluster.caBundle('azure-ca', azure.caBundle);
  azure.publicObjects.putCertificate('denied', Buffer.from(canary).toString('base64'));
  const spec = specAt(azure, { caBundle, auth: { workloadIdentity: { serviceAccountRef: { name: 'app' } } } });
  return {
    provider: bound(spec),
    spec,
    key: name => name,
    deniedKey: 'certificate/denied',
    spellings,
    put: async (key, value) => azure.secrets.set(key, { value: `${value}` }).version,
    takes: { bytes: 25_600, binary: false, empty: true, onlyJson: false },
    waysToGo: {
      deleted: async key => azure.secrets.remove(key),
      'deleted and purged': async key => azure.secrets.purge(key),
      disabled: async key => void azure.secrets.update(key, { enabled: false }),
    },
    pins: [],
    noSuchPins: ['0'.repeat(32), 'F'.repeat(32)],
    tag: async (key, tags) => void azure.secrets.update(key, { tags }),
    revokeLogins: async () => azure.directory.endTokens(),
    misbehave: azure.misbehave,
    seen: azure.seen,
    records: async () => azure.urls().join('\n'),
    close: azure.stop,
  };
}

export const specAt = ({ url, authorityHost }: Azure, more: object): object => ({
  vaultUrl: url,
  authorityHost,
  ...more,
});

export function bound(spec: object): BoundProvider {
  const provider = defineProvider(azureKv).bind(spec);
  if (!provider.ok) throw new Error(provider.fault.message);
  return provider.value;
}

const spellings: Harness['spellings'] = [
  ['denied', 'denied'],
  ['Denied', 'denied'],
  ['DENIED', 'denied'],
  ['secret/denied', 'denied'],
  ['SECRET/Denied', 'denied'],
  ['certificate/Denied', 'certificate/denied'],
  ['Key/denied', 'key/denied'],
  ...[
    ...[
      'secrets/denied',
      'cert/denied',
      'keys/denied',
      'deletedsecrets/denied',
      '/denied',
      'denied/',
      'secret//denied',
    ],
    ...['secret/denied/', `denied/${'0'.repeat(32)}`, 'denied/versions', './denied', 'x/../denied', 'secret/../denied'],
    ...['denied ', ' denied', 'denied\n', 'denied\u0000', 'den%69ed', 'denied?api-version=7.4', 'denied#', 'denied;x'],
    ...['den\u0131ed', 'denie\u0064\u0301', '\uff44enied', 'denied\u200b', 'denied.', 'den_ied', '', 'secret/', '*'],
    ...['https://127.0.0.1/secrets/denied', 'secret/secret/denied', 'x'.repeat(128)],
  ].map(spelling => [spelling, 'refused'] as const),
];
