import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, withRules } from '../../schema/rule.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/** `spec.provider.gcpSm`: type, parser and CRD schema. All of it becomes part of URLs, so all of it has a narrow form. */

const projectId = '[a-z][a-z0-9-]{4,28}[a-z0-9]';

const endpoint = z
  .string()
  .max(300)
  .regex(/^https:\/\/[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*(:[0-9]{1,5})?$/);

/** The e-mail address of a Google service account. */
export const ServiceAccountEmail = z
  .string()
  .max(254)
  .regex(/^[a-z0-9-]{1,63}@[a-z0-9.-]{1,160}\.gserviceaccount\.com$/);

/** Of a ServiceAccount: the Google service account that it acts as, the same that GKE reads. */
export const emailAnnotation = 'iam.gke.io/gcp-service-account';

const googleServiceAccount = ServiceAccountEmail.optional().meta({
  description: `E-mail address of the Google service account to act as. Default: the annotation ${emailAnnotation} of the ServiceAccount; without one, the ServiceAccount itself is the principal of the IAM policies.`,
});

const serviceAccountRef = (audience: string) =>
  ServiceAccountRef.extend({
    audiences: ServiceAccountRef.shape.audiences.optional().meta({
      description: `Audiences of the token that is sent to Google's token service. Default: ${audience}. They must not contain an audience of the API server.`,
      'x-kubernetes-list-type': 'set',
    }),
  }).meta({ description: 'The ServiceAccount to log in as.' });

const WorkloadIdentity = z
  .object({
    provider: z
      .string()
      .max(200)
      .regex(
        /^projects\/[0-9]{1,19}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/,
      )
      .meta({
        description:
          'The pool provider that trusts this cluster: projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER.',
      }),
    serviceAccountRef: serviceAccountRef("the provider's own, //iam.googleapis.com/PROVIDER"),
    googleServiceAccount,
  })
  .meta({ description: 'A workload identity pool that trusts the tokens of this cluster, wherever it runs.' });

const Gke = z
  .object({
    cluster: z
      .string()
      .max(200)
      .regex(new RegExp(`^projects/${projectId}/locations/[a-z0-9-]{1,40}/clusters/[a-z0-9-]{1,40}$`))
      .meta({ description: 'The GKE cluster that this is: projects/PROJECT/locations/LOCATION/clusters/NAME.' }),
    serviceAccountRef: serviceAccountRef("the pool of the cluster's project, PROJECT.svc.id.goog"),
    googleServiceAccount,
  })
  .meta({ description: "GKE's built-in pool: workload identity federation for GKE, enabled on the cluster." });

const ServiceAccountKey = z
  .object({ secretRef: CredentialRef.meta({ description: 'The key file (JSON), in a Secret.' }) })
  .meta({ description: 'A key of a Google service account.' });

const Operator = z
  .object({
    googleServiceAccount: ServiceAccountEmail.optional().meta({
      description: 'E-mail address of a Google service account to act as from there.',
    }),
  })
  .meta({
    description:
      "The operator's own identity, from the metadata server of GKE or Compute Engine: in a ClusterSecretSource with allowedKeys, and with --allow-operator-identity.",
  });

const Auth = withRules(
  z
    .object({
      workloadIdentity: WorkloadIdentity.optional(),
      gke: Gke.optional(),
      serviceAccountKey: ServiceAccountKey.optional(),
      operator: Operator.optional(),
    })
    .meta({ description: 'How to log in: exactly one of workloadIdentity, gke, serviceAccountKey, operator.' }),
  exactlyOne('workloadIdentity', 'gke', 'serviceAccountKey', 'operator'),
);

export const GcpSmSpec = z
  .object({
    project: z
      .string()
      .max(100)
      .regex(new RegExp(`^(${projectId}|[0-9]{1,19})$`))
      .meta({ description: 'Project that holds the secrets: its id or its number.' }),
    location: z
      .string()
      .max(40)
      .regex(/^[a-z]+-[a-z]+[0-9]{1,2}$/)
      .optional()
      .meta({ description: 'Location of regional secrets, for example europe-west3. Without it: global secrets.' }),
    endpoint: endpoint.optional().meta({
      description: 'Base URL of Secret Manager to use instead of its own, for example that of Private Service Connect.',
    }),
    stsEndpoint: endpoint.optional().meta({ description: 'The same for https://sts.googleapis.com.' }),
    iamEndpoint: endpoint.optional().meta({ description: 'The same for https://iamcredentials.googleapis.com.' }),
    oauthEndpoint: endpoint.optional().meta({ description: 'The same for https://oauth2.googleapis.com.' }),
    caBundle: CaBundle.optional(),
    auth: Auth,
  })
  .meta({ description: 'Google Cloud Secret Manager, global and regional secrets.' });
export type GcpSmSpec = Parsed<typeof GcpSmSpec>;
