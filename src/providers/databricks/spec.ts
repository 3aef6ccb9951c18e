import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';
import { Address } from '../kit/address.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/** `spec.provider.databricks`: the secret scopes of one workspace. */
const clientId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9-]+$/);

/** Of the ServiceAccount: its own service principal, where a source serves many namespaces. */
export const clientIdAnnotation = 'shearline.dev/databricks-client-id';

const Federation = z
  .object({
    clientId: clientId.exactOptional().meta({
      description: `Application ID of the service principal whose federation policy names the ServiceAccount. Absent: that of the ServiceAccount's annotation ${clientIdAnnotation}; without both, the federation policy of the account.`,
    }),
    serviceAccountRef: ServiceAccountRef,
  })
  .meta({ description: 'OAuth token federation: a token of a ServiceAccount is exchanged for one of the workspace.' });

const OAuth = z
  .object({
    clientId: clientId.meta({ description: 'Application ID of the service principal.' }),
    clientSecretRef: CredentialRef.meta({ description: 'Its OAuth secret, in a Secret.' }),
  })
  .meta({ description: 'A service principal and its OAuth secret.' });

const Token = z
  .object({ secretRef: CredentialRef.meta({ description: 'The token, in a Secret.' }) })
  .meta({ description: 'A personal access token.' });

const Auth = withRules(
  z
    .object({
      federation: Federation.exactOptional(),
      oauth: OAuth.exactOptional(),
      token: Token.exactOptional(),
    })
    .meta({ description: 'How to log in: exactly one of federation, oauth, token.' }),
  exactlyOne('federation', 'oauth', 'token'),
);

export const DatabricksSpec = z
  .object({
    host: Address.meta({
      description: 'URL of the workspace, for example https://dbc-a1b2c3d4-e5f6.cloud.databricks.com.',
    }),
    caBundle: CaBundle.exactOptional(),
    auth: Auth,
  })
  .meta({ description: 'Secret scopes of a Databricks workspace.' });
export type DatabricksSpec = Parsed<typeof DatabricksSpec>;
