import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/** `spec.provider.azureKv`: type, parser and CRD schema. */

const guid = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

export const ClientId = z
  .string()
  .max(36)
  .regex(new RegExp(`^${guid}$`))
  .meta({ description: 'Application (client) id of the app registration or user-assigned managed identity.' });

/** Not `common` or `organizations`: a tenant is one tenant. */
export const TenantId = z
  .string()
  .max(253)
  .regex(new RegExp(`^(${guid}|[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)+)$`))
  .meta({ description: 'Directory (tenant) id, or one of the domain names of the tenant.' });

const host = z
  .string()
  .max(300)
  .regex(/^https:\/\/[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*(:[0-9]{1,5})?\/?$/);

const audienceDescription =
  'Audiences of the token that is sent to Microsoft Entra. Default: api://AzureADTokenExchange, or what the cloud of vaultUrl asks for.';

const serviceAccountRef = ServiceAccountRef.extend({
  audiences: ServiceAccountRef.shape.audiences.optional().meta({ description: audienceDescription }),
});

const WorkloadIdentity = z
  .object({
    clientId: ClientId.optional().meta({
      description: 'Default: the annotation azure.workload.identity/client-id of the ServiceAccount.',
    }),
    tenantId: TenantId.optional().meta({
      description: 'Default: the annotation azure.workload.identity/tenant-id of the ServiceAccount.',
    }),
    serviceAccountRef: serviceAccountRef.meta({ description: 'The ServiceAccount to log in as.' }),
  })
  .meta({ description: 'A ServiceAccount of the namespace that a federated credential in Microsoft Entra trusts.' });

const ServicePrincipal = z
  .object({
    tenantId: TenantId,
    clientId: ClientId,
    clientSecretRef: CredentialRef.meta({ description: 'The client secret, in a Secret.' }),
  })
  .meta({ description: 'An app registration with a client secret.' });

const Operator = z
  .object({
    clientId: ClientId,
    tenantId: TenantId,
    serviceAccountRef: serviceAccountRef
      .extend({
        name: ServiceAccountRef.shape.name.meta({ description: 'Name of the ServiceAccount of the operator.' }),
      })
      .meta({ description: 'The ServiceAccount to log in as, in the namespace of the operator.' }),
  })
  .meta({
    description:
      'The workload identity of the operator itself: in a ClusterSecretSource with allowedKeys, and with --allow-operator-identity.',
  });

const Auth = withRules(
  z
    .object({
      workloadIdentity: WorkloadIdentity.optional(),
      servicePrincipal: ServicePrincipal.optional(),
      operator: Operator.optional(),
    })
    .meta({ description: 'How to log in: exactly one of workloadIdentity, servicePrincipal, operator.' }),
  exactlyOne('workloadIdentity', 'servicePrincipal', 'operator'),
);

export const AzureKvSpec = z
  .object({
    vaultUrl: host.meta({ description: 'URL of the vault: https://NAME.vault.azure.net.' }),
    authorityHost: host.optional().meta({
      description:
        'Where Microsoft Entra gives logins. Default: https://login.microsoftonline.com, or that of the cloud of vaultUrl.',
    }),
    caBundle: CaBundle.optional(),
    auth: Auth,
  })
  .meta({ description: 'Azure Key Vault: secrets, certificates (public part) and keys (public part).' });
export type AzureKvSpec = Parsed<typeof AzureKvSpec>;
