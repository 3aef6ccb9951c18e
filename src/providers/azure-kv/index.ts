import { invalidSpec } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { commandLine } from '../kit/command.ts';
import type { Needs, Provider, WantedServiceAccount } from '../provider.ts';
import { cloudOf } from './clouds.ts';
import { canonicalKey, parseKey } from './keys.ts';
import { audiencesOf, clientIdAnnotation, tenantIdAnnotation } from './principal.ts';
import { AzureKvSpec } from './spec.ts';

/** Azure Key Vault. What talks to it, and Microsoft's SDKs, are loaded at the first login. */
export const azureKv: Provider<AzureKvSpec> = {
  name: 'azureKv',
  docs: {
    title: 'Azure Key Vault',
    identity:
      'Workload identity federation with a token of the namespace, client and tenant from the source or the ServiceAccount’s annotations; a client secret; the operator’s workload identity',
    features:
      'Secrets, certificates and keys (public parts), versions by id, `find` by prefix, name and tags, sovereign clouds',
    limits: 'values to 25 KiB of text, no batch call: one request a key',
    annotations: {
      [clientIdAnnotation]: 'Azure: client id of the application, where `workloadIdentity.clientId` is not set.',
      [tenantIdAnnotation]: 'Azure: its tenant, where `workloadIdentity.tenantId` is not set.',
    },
  },
  capabilities: ['list'],
  keyPrefixes: ['certificate', 'key'],
  spec: AzureKvSpec,
  needs,
  check,
  canonicalKey: (_spec, key) => canonicalKey(key),
  disableCommand,
  login: async (spec, ports, signal) => (await import('./login.ts')).login(spec, ports, signal),
};

/** By its id, which says the vault too, in whichever cloud. `--enabled true` takes it back. */
function disableCommand({ vaultUrl }: AzureKvSpec, key: string, version: string): string | undefined {
  const parsed = parseKey(key);
  if (!parsed.ok) return undefined;
  const { kind, name } = parsed.value;
  const id = `${vaultUrl.replace(/\/$/, '')}/${kind}s/${name}/${version}`;
  return commandLine('az', 'keyvault', kind, 'set-attributes', '--id', id, '--enabled', 'false');
}

function needs(spec: AzureKvSpec): Needs {
  const { vaultUrl, authorityHost, auth, caBundle } = spec;
  const serviceAccount = wantedServiceAccount(spec);
  return {
    addresses: [vaultUrl, authorityHost ?? cloudOf(vaultUrl).authorityHost],
    ...(serviceAccount && { serviceAccount }),
    ...(auth.operator && { operatorIdentity: true }),
    ...(caBundle && { caBundle }),
    credentials: auth.servicePrincipal ? [auth.servicePrincipal.clientSecretRef] : [],
  };
}

function wantedServiceAccount(spec: AzureKvSpec): WantedServiceAccount | undefined {
  const { workloadIdentity: federated, operator } = spec.auth;
  const account = (federated ?? operator)?.serviceAccountRef;
  if (!account) return undefined;
  const annotations = [
    ...(federated && federated.clientId === undefined ? [clientIdAnnotation] : []),
    ...(federated && federated.tenantId === undefined ? [tenantIdAnnotation] : []),
  ];
  return { name: account.name, audiences: audiencesOf(spec), annotations };
}

/** What looks like a URL to the schema may still be none: a port of 99999, an address of 999.1.1.1. */
function check(spec: AzureKvSpec): Result<AzureKvSpec> {
  const wrong = [spec.vaultUrl, spec.authorityHost ?? spec.vaultUrl].some(url => URL.parse(url) === null);
  return wrong
    ? failed(invalidSpec('vaultUrl and authorityHost must be URLs such as https://NAME.vault.azure.net'))
    : ok(spec);
}
