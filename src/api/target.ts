import { z } from 'zod';
import type { Parsed } from '../schema/parsed.ts';
import { type Rule, withRules } from '../schema/rule.ts';
import { objectName, stringMap } from './fields.ts';

/** Token types are missing on purpose: Kubernetes itself fills service-account and bootstrap tokens. */
export const targetTypes = [
  'Opaque',
  'kubernetes.io/tls',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/basic-auth',
  'kubernetes.io/ssh-auth',
] as const;

const qualifiedName =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const reservedPrefix = '^(.*[.])?(shearline[.]dev|kubernetes[.]io|k8s[.]io)/';
const recommendedPrefix = 'app.kubernetes.io/';

const validKeys: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(k, size(k) <= 317 && k.matches('${qualifiedName}'))`,
  message: 'each key must be a name of letters, digits, "-", "_" and ".", with an optional prefix such as example.com/',
  holds: map => Object.keys(map).every(key => key.length <= 317 && new RegExp(qualifiedName).test(key)),
};

const noReservedKeys: Rule<Readonly<Record<string, string>>> = {
  cel: `self.all(k, k.startsWith('${recommendedPrefix}') || !k.matches('${reservedPrefix}'))`,
  message: `keys under shearline.dev/, kubernetes.io/ and k8s.io/ are reserved: use another prefix (${recommendedPrefix} is allowed)`,
  holds: map =>
    Object.keys(map).every(key => key.startsWith(recommendedPrefix) || !new RegExp(reservedPrefix).test(key)),
};

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, {
    error: 'must be a label value: letters, digits, "-", "_" and ".", at most 63',
  });

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

export const TargetSpec = z
  .object({
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
    labels: withRules(stringMap(labelValue, 64), validKeys, noReservedKeys)
      .default({})
      .meta({ description: 'Labels of the Secret. Labels that others put on it are left alone.' }),
    annotations: withRules(stringMap(z.string().max(4096), 64), validKeys, noReservedKeys)
      .default({})
      .meta({ description: 'Annotations of the Secret. Annotations that others put on it are left alone.' }),
  })
  .meta({ description: 'The Secret that is written, in the namespace of the reference.' });
export type TargetSpec = Parsed<typeof TargetSpec>;
