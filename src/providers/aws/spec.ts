import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';
import { Address } from '../kit/address.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/** What `spec.provider.awsSm` and `spec.provider.awsSsm` have in common, which is all of it. */

export const roleArn = z
  .string()
  .max(600)
  .regex(/^arn:aws[a-z-]{0,12}:iam::\d{12}:role\/[A-Za-z0-9_+=,.@/-]{1,512}$/);

const AssumeRole = z
  .object({
    role: roleArn.meta({ description: 'ARN of the role, for example arn:aws:iam::210987654321:role/secrets.' }),
    externalId: z
      .string()
      .min(2)
      .max(1224)
      .regex(/^[A-Za-z0-9_+=,.@:/-]+$/)
      .optional()
      .meta({ description: "External id that the role's trust policy asks for." }),
  })
  .meta({ description: 'A role that the login goes on to, for example one in the account that holds the secrets.' });
export type AssumeRole = Parsed<typeof AssumeRole>;

const WebIdentityAuth = z
  .object({
    role: roleArn.optional().meta({
      description:
        'ARN of the role. Without it, that of the annotation eks.amazonaws.com/role-arn of the ServiceAccount, so that each namespace has its own.',
    }),
    serviceAccountRef: ServiceAccountRef.extend({
      audiences: ServiceAccountRef.shape.audiences.default(['sts.amazonaws.com']).meta({
        description:
          'Audiences of the token that is sent to AWS STS: those of the IAM OIDC provider. They must not contain an audience of the API server.',
        'x-kubernetes-list-type': 'set',
      }),
    }).meta({ description: 'The ServiceAccount to log in as.' }),
    assumeRole: AssumeRole.optional(),
  })
  .meta({ description: "IAM roles for service accounts: AWS STS verifies the token with the cluster's public keys." });
export type WebIdentityAuth = Parsed<typeof WebIdentityAuth>;

const StaticKeysAuth = z
  .object({
    accessKeyIdRef: CredentialRef.meta({ description: 'The access key id, in a Secret.' }),
    secretAccessKeyRef: CredentialRef.meta({ description: 'The secret access key, in a Secret.' }),
    sessionTokenRef: CredentialRef.optional().meta({ description: 'The token of temporary keys, in a Secret.' }),
    assumeRole: AssumeRole.optional(),
  })
  .meta({ description: 'An access key of an IAM user, or temporary keys.' });
export type StaticKeysAuth = Parsed<typeof StaticKeysAuth>;

const OperatorAuth = z
  .object({
    via: z.enum(['PodIdentity', 'InstanceRole']).meta({
      description:
        'PodIdentity: the EKS Pod Identity association of the operator. InstanceRole: the role of the node, by the instance metadata service (IMDSv2).',
    }),
    assumeRole: AssumeRole.optional(),
  })
  .meta({
    description:
      "The operator's own identity. Only in a ClusterSecretSource with allowedKeys, and with --allow-operator-identity.",
  });
export type OperatorAuth = Parsed<typeof OperatorAuth>;

const Auth = withRules(
  z
    .object({
      webIdentity: WebIdentityAuth.optional(),
      staticKeys: StaticKeysAuth.optional(),
      operator: OperatorAuth.optional(),
    })
    .meta({ description: 'How to log in: exactly one of webIdentity, staticKeys, operator.' }),
  exactlyOne('webIdentity', 'staticKeys', 'operator'),
);

export const AwsSpec = z.object({
  region: z
    .string()
    .max(32)
    .regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/)
    .meta({ description: 'Region that holds the secrets, for example eu-central-1.' }),
  endpoint: Address.optional().meta({
    description:
      "Base URL to use instead of the region's own, for example that of a VPC or FIPS endpoint: https://vpce-1234.secretsmanager.eu-central-1.vpce.amazonaws.com.",
  }),
  stsEndpoint: Address.optional().meta({
    description: "Base URL of AWS STS to use instead of the region's own.",
  }),
  caBundle: CaBundle.optional(),
  auth: Auth,
});
export type AwsSpec = Parsed<typeof AwsSpec>;
