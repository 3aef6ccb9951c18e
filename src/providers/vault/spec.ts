import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';
import { Address } from '../kit/address.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/**
 * `spec.provider.vault`: type, parser and CRD schema. What a pattern cannot say well (dot segments, empty segments)
 * is said by `check` in paths.ts, with a message that helps.
 */
const role = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\s%?#\\]+$/);

/** A mount or a namespace. The store's own tools print a slash at the end; without it each has one form. */
const place = role.overwrite(text => text.replace(/\/$/, ''));

const mountDescription = 'Path at which the auth method is mounted, without "auth/".';

const KubernetesAuth = z
  .object({
    role: role.meta({ description: 'Role of the auth method.' }),
    mount: place.default('kubernetes').meta({ description: mountDescription }),
    serviceAccountRef: ServiceAccountRef,
  })
  .meta({ description: 'The kubernetes auth method: the store asks the API server whether the token is good.' });

const JwtAuth = z
  .object({
    role: role.meta({ description: 'Role of the auth method.' }),
    mount: place.default('jwt').meta({ description: mountDescription }),
    serviceAccountRef: ServiceAccountRef,
  })
  .meta({ description: 'The jwt auth method: the store verifies the token with the public keys of the cluster.' });

const AppRoleAuth = withRules(
  z
    .object({
      mount: place.default('approle').meta({ description: mountDescription }),
      roleId: z
        .string()
        .min(1)
        .max(256)
        .regex(/^\S+$/)
        .optional()
        .meta({ description: 'The role id itself; it is no secret.' }),
      roleIdRef: CredentialRef.optional().meta({ description: 'The role id, in a Secret.' }),
      secretIdRef: CredentialRef.meta({ description: 'The secret id, in a Secret.' }),
    })
    .meta({ description: 'The approle auth method.' }),
  exactlyOne('roleId', 'roleIdRef'),
);

const TokenAuth = z
  .object({ secretRef: CredentialRef.meta({ description: 'The token, in a Secret.' }) })
  .meta({ description: 'A token that exists already. It is renewed when it can be, and never revoked.' });

const Auth = withRules(
  z
    .object({
      kubernetes: KubernetesAuth.optional(),
      jwt: JwtAuth.optional(),
      appRole: AppRoleAuth.optional(),
      token: TokenAuth.optional(),
      namespace: place.optional().meta({
        description:
          'Namespace in which the auth method is mounted, if it is another than that of the KV engine: one above it, or "root".',
      }),
    })
    .meta({ description: 'How to log in: exactly one of kubernetes, jwt, appRole, token.' }),
  exactlyOne('kubernetes', 'jwt', 'appRole', 'token'),
);
export type VaultAuth = Parsed<typeof Auth>;

export const VaultSpec = z
  .object({
    address: Address.meta({ description: 'Base URL of the store, for example https://vault.example.com:8200.' }),
    namespace: place.optional().meta({
      description: 'Namespace of Vault Enterprise or OpenBao that the KV engine is in. Default: the root.',
    }),
    kv: z
      .object({
        mount: place.default('secret').meta({ description: 'Path at which the KV engine is mounted.' }),
        version: z.literal([1, 2]).default(2).meta({ description: 'Version of the KV engine: 1 or 2.' }),
      })
      .default({ mount: 'secret', version: 2 })
      .meta({ description: 'The KV engine that holds the secrets.' }),
    caBundle: CaBundle.optional(),
    auth: Auth,
  })
  .meta({ description: 'HashiCorp Vault or OpenBao, KV version 1 or 2.' });
export type VaultSpec = Parsed<typeof VaultSpec>;
