import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { exactlyOne, type Rule, withRules } from '../../schema/rule.ts';
import { Address } from '../kit/address.ts';
import { CaBundle, CredentialRef, ServiceAccountRef } from '../kit/fields.ts';

/** `spec.provider.kubernetes`: Secrets and ConfigMaps of this cluster, or of the cluster at `server`. */
const Server = z
  .object({
    address: Address.meta({ description: 'Base URL of its API server, for example https://api.example.com:6443.' }),
    caBundle: CaBundle.exactOptional(),
  })
  .meta({ description: 'Another cluster. Absent: this one.' });

const Account = ServiceAccountRef.extend({
  audiences: ServiceAccountRef.shape.audiences.exactOptional().meta({
    description:
      'Audiences of the token, which the other cluster must be told to accept; never one of the API server of this cluster. Not set without server.',
    'x-kubernetes-list-type': 'set',
  }),
}).meta({
  description:
    'The ServiceAccount to log in as; RBAC decides what it may read. Without server it must carry the label shearline.dev/kubernetes-source: "true".',
});

const Token = z
  .object({ secretRef: CredentialRef.meta({ description: 'The token, in a Secret.' }) })
  .meta({ description: 'A token of the other cluster that exists already.' });

const Auth = withRules(
  z.object({ serviceAccountRef: Account.exactOptional(), token: Token.exactOptional() }).meta({
    description: 'How to log in: exactly one of serviceAccountRef and token.',
  }),
  exactlyOne('serviceAccountRef', 'token'),
);

interface Login {
  readonly server?: unknown;
  readonly auth: { readonly serviceAccountRef?: { readonly audiences?: unknown } | undefined };
}

const hasAudiences = 'has(self.auth.serviceAccountRef) && has(self.auth.serviceAccountRef.audiences)';

const othersNeedAudiences: Rule<Login> = {
  cel: `!has(self.server) || !has(self.auth.serviceAccountRef) || (${hasAudiences})`,
  message: 'another cluster needs auth.serviceAccountRef.audiences: a token for this cluster is sent nowhere else',
  holds: ({ server, auth }) => !server || !auth.serviceAccountRef || auth.serviceAccountRef.audiences !== undefined,
};

const ownNeedsServiceAccount: Rule<Login> = {
  cel: `has(self.server) || (has(self.auth.serviceAccountRef) && !(${hasAudiences}))`,
  message: 'without server this cluster is read: set auth.serviceAccountRef, without audiences',
  holds: ({ server, auth }) =>
    server !== undefined || (auth.serviceAccountRef !== undefined && auth.serviceAccountRef.audiences === undefined),
};

export const KubernetesSpec = withRules(
  z
    .object({ server: Server.exactOptional(), auth: Auth })
    .meta({ description: 'Secrets and ConfigMaps of another namespace or another cluster.' }),
  othersNeedAudiences,
  ownNeedsServiceAccount,
);
export type KubernetesSpec = Parsed<typeof KubernetesSpec>;
