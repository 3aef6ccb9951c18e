import { type Fault, invalid } from '../../core/fault.ts';
import { failed, mapOk, ok, type Result } from '../../core/result.ts';
import { credentialText, tokenText } from '../kit/credentials.ts';
import type { ProviderPorts, ServiceAccount } from '../provider.ts';
import { cloudOf } from './clouds.ts';
import { type AzureKvSpec, ClientId, TenantId } from './spec.ts';

/** Annotations of a ServiceAccount, as Azure Workload Identity has them. */
export const clientIdAnnotation = 'azure.workload.identity/client-id';
export const tenantIdAnnotation = 'azure.workload.identity/tenant-id';

/** As which application of which tenant a source is entered, and what proves it. */
export interface Principal {
  readonly tenantId: string;
  readonly clientId: string;
  readonly proof: Proof;
}

export type Proof =
  /** A token of the cluster, which a federated credential trusts. */
  | {
      readonly kind: 'federated';
      readonly assertion: string;
      readonly audiences: readonly string[];
      readonly serviceAccount: ServiceAccount;
    }
  | { readonly kind: 'secret'; readonly clientSecret: string; readonly secretName: string };

/** The identity that the source names, with its proof fetched through the ports. */
export async function principalOf(
  spec: AzureKvSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Principal>> {
  const { servicePrincipal, workloadIdentity, operator } = spec.auth;
  if (servicePrincipal) return withSecret(servicePrincipal, ports, signal);
  const { serviceAccount } = ports;
  if (!serviceAccount) throw new Error('a login with a ServiceAccount was begun without one');
  const application = applicationOf(operator ?? workloadIdentity ?? {}, serviceAccount);
  if (!application.ok) return application;
  return mapOk(await tokenText(ports, signal), text => ({
    ...application.value,
    proof: { kind: 'federated', assertion: text, audiences: audiencesOf(spec), serviceAccount },
  }));
}

/** Of the ServiceAccount's token. */
export const audiencesOf = ({ auth, vaultUrl }: AzureKvSpec): readonly string[] =>
  (auth.workloadIdentity ?? auth.operator)?.serviceAccountRef.audiences ?? [cloudOf(vaultUrl).audience];

interface Application {
  readonly tenantId: string;
  readonly clientId: string;
}

type GivenApplication = { readonly [field in keyof Application]?: string | undefined };

function applicationOf(given: GivenApplication, account: ServiceAccount): Result<Application> {
  const clientId = given.clientId ?? account.annotations[clientIdAnnotation] ?? '';
  const tenantId = given.tenantId ?? account.annotations[tenantIdAnnotation] ?? '';
  if (!ClientId.safeParse(clientId).success) return failed(notSaid(account, clientIdAnnotation, 'clientId'));
  if (!TenantId.safeParse(tenantId).success) return failed(notSaid(account, tenantIdAnnotation, 'tenantId'));
  return ok({ clientId, tenantId });
}

const notSaid = ({ namespace, name }: ServiceAccount, annotation: string, field: string): Fault =>
  invalid(
    'SourceInvalid',
    `ServiceAccount ${namespace}/${name} has no usable annotation ${annotation}: set it, or set ${field} in the source`,
  );

async function withSecret(
  { tenantId, clientId, clientSecretRef }: NonNullable<AzureKvSpec['auth']['servicePrincipal']>,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Principal>> {
  return mapOk(await credentialText(ports, clientSecretRef, signal), text => ({
    tenantId,
    clientId,
    proof: { kind: 'secret', clientSecret: text, secretName: clientSecretRef.name },
  }));
}
