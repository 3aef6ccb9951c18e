import * as z from 'zod';
import type { Parsed } from '../../schema/parsed.ts';
import { type Rule, withRules } from '../../schema/rule.ts';
import { objectName, stringMap } from '../fields.ts';
import { labelValue, noReservedKeys, validKeys } from '../metadata-rules.ts';
import { TemplateSpec } from './template.ts';

/** Token types are missing on purpose: Kubernetes itself fills service-account and bootstrap tokens. */
export const targetTypes = [
  'Opaque',
  'kubernetes.io/tls',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
] as const;

const typeStays: Rule<string> = {
  cel: 'self == oldSelf',
  message:
    'the type cannot be changed, as on a Secret itself: make another SecretReference, or delete this one and make it again',
};

const mergeStays: Rule<string> = {
  cel: "(self == 'Merge') == (oldSelf == 'Merge')",
  message:
    "it cannot be changed from or to Merge, because the Secret is somebody else's then: make another SecretReference, or delete this one and make it again",
};

const notOfHosts: Rule<{
  readonly immutable?: boolean | undefined;
  readonly adopt?: string | undefined;
  readonly creationPolicy: string;
}> = {
  cel: "self.creationPolicy != 'Merge' || !(has(self.immutable) || has(self.adopt))",
  message:
    "immutable and adopt do not go with creationPolicy Merge, because the Secret is somebody else's then: leave them out",
  holds: ({ immutable, adopt, creationPolicy }) =>
    creationPolicy !== 'Merge' || (immutable === undefined && adopt === undefined),
};

export const TargetSpec = withRules(
  z.object({
    name: objectName.exactOptional().meta({
      description:
        'Name of the Secret; default: the name of the reference. After a change the new Secret is made first, then the old one is deleted.',
    }),
    type: withRules(z.enum(targetTypes), typeStays).default('Opaque').meta({
      description:
        'Type of the Secret. The keys that a type of Kubernetes promises have to hold what it promises: tls.crt certificates alone and tls.key the key of the first, ssh-privatekey a private key, .dockerconfigjson a login for each registry.',
    }),
    creationPolicy: withRules(z.enum(['Owner', 'Orphan', 'Merge']), mergeStays)
      .default('Owner')
      .meta({
        description:
          'Owner: the Secret goes with the reference. Orphan: it stays when the reference goes. Merge: only the keys of this reference, in a Secret of somebody else that carries the label shearline.dev/merge: allowed.',
      }),
    deletionPolicy: z.enum(['Retain', 'Delete']).default('Retain').meta({
      description:
        'What happens to the Secret when each remote key that is not optional is proved to be gone. In all other cases the last good Secret stays.',
    }),
    immutable: z.boolean().exactOptional().meta({
      description:
        'When true, the Secret is made immutable: Kubernetes then refuses every change of its values, and so a newer value is reported (TargetImmutable) and not written. Whoever deletes the Secret gets the newest. Only a deletion takes it back: false is a fault while the Secret is immutable.',
    }),
    adopt: z.enum(['DryRun', 'Match', 'Always']).exactOptional().meta({
      description:
        'What to do about a Secret of that name that nobody owns. Absent: it is left alone, a conflict. DryRun: it is compared, and the conditions say whether it matches or which keys differ. Match: it is taken over in place when all its values are the wanted ones. Always: it is taken over and its values are replaced. A Secret of another owner or type, or one that is a credential, is never taken over.',
    }),
    labels: withRules(stringMap(labelValue, 64), validKeys, noReservedKeys)
      .default({})
      .meta({ description: 'Labels of the Secret. Labels that others put on it are left alone.' }),
    annotations: withRules(stringMap(z.string().max(4096), 64), validKeys, noReservedKeys)
      .default({})
      .meta({ description: 'Annotations of the Secret. Annotations that others put on it are left alone.' }),
    template: TemplateSpec.exactOptional(),
  }),
  notOfHosts,
).meta({ description: 'The Secret that is written, in the namespace of the reference.' });
export type TargetSpec = Parsed<typeof TargetSpec>;
