import * as z from 'zod';
import { exactlyOne, withRules } from '../../schema/rule.ts';

/** Fields that the specs of several providers share. */

const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

/** One key of a Secret that serves as credential. */
export const CredentialRef = z
  .object({
    name: objectName.meta({ description: 'Name of the Secret.' }),
    key: dataKey.meta({ description: 'Key in the Secret.' }),
  })
  .meta({
    description:
      'One key of a Secret in the namespace of the source (for a ClusterSecretSource: of the operator). The Secret must carry the label shearline.dev/credential: "true".',
  });

/** `:` stands in the names of bundles that belong to a signer: `example.com:internal:v1`. */
const trustBundleName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/);

/** A CA bundle: in a ConfigMap, in a Secret, in the spec itself, or the cluster's. */
export const CaBundle = withRules(
  z.object({
    configMapKeyRef: z
      .object({
        name: objectName.meta({ description: 'Name of the ConfigMap.' }),
        key: dataKey.meta({ description: 'Key in the ConfigMap that holds the certificates in PEM form.' }),
      })
      .exactOptional()
      .meta({
        description:
          'One key of a ConfigMap in the namespace of the source (for a ClusterSecretSource: of the operator).',
      }),
    secretKeyRef: CredentialRef.exactOptional(),
    clusterTrustBundle: z
      .object({ name: trustBundleName.meta({ description: 'Name of the ClusterTrustBundle.' }) })
      .exactOptional()
      .meta({
        description:
          'A ClusterTrustBundle, which all namespaces may read. Kubernetes 1.37 has them; before, they are a feature to turn on.',
      }),
    inline: z.string().min(1).max(65_536).exactOptional().meta({ description: 'The certificates, in PEM form.' }),
  }),
  exactlyOne('configMapKeyRef', 'secretKeyRef', 'clusterTrustBundle', 'inline'),
).meta({
  description:
    'Certificate authorities that may sign the certificate of the store. With it, no other authority is trusted.',
});

/** The identity of a login. There is no default name and no default audience: both are somebody's decision. */
export const ServiceAccountRef = z
  .object({
    name: objectName.meta({ description: 'Name of the ServiceAccount, in the namespace of the reference.' }),
    audiences: z.array(z.string().min(1).max(256).regex(/^\S+$/)).min(1).max(4).meta({
      description:
        'Audiences of the token that is sent to the store. They must not contain an audience of the API server.',
      'x-kubernetes-list-type': 'set',
    }),
  })
  .meta({ description: 'The ServiceAccount to log in as.' });
