import { kubernetesSourceLabel } from '../remote/identity.ts';

/** Every annotation, label and finalizer that the operator reads or writes. The reference docs list them from here. */

export const annotations = {
  rotate: 'shearline.dev/rotate',
  forceSync: 'force-sync',
  owner: 'shearline.dev/owner',
  revision: 'shearline.dev/revision',
  rotatedFor: 'shearline.dev/rotated-for',
  certificateExpires: 'shearline.dev/certificate-expires',
  managedMetadata: 'shearline.dev/managed-metadata',
} as const;

export const labels = {
  managed: 'shearline.dev/managed',
  credential: 'shearline.dev/credential',
  merge: 'shearline.dev/merge',
  kubernetesSource: kubernetesSourceLabel,
} as const;

/** On the host of a Merge, one for each reference that has keys in it. */
export const mergeStateOf = (referenceUid: string): string => `shearline.dev/merge-${referenceUid}`;

/** On a reference with `creationPolicy: Merge`, until its keys are out of the host. */
export const mergeFinalizer = 'shearline.dev/merged-keys';

/** For the reference docs: where a name is used, who sets it, what it means. */
export interface NameDoc {
  readonly name: string;
  readonly on: string;
  readonly setBy: 'you' | 'Shearline';
  readonly meaning: string;
}

export const annotationDocs: readonly NameDoc[] = [
  onReference(
    annotations.rotate,
    'A new token asks for the newest remote values, now. At most 256 bytes, no control characters. Wait for it in `.status.rotation.lastSucceeded`.',
  ),
  onReference(
    annotations.forceSync,
    'The same in the habit of ExternalSecrets; answered in `.status.rotation.lastForceSync`.',
  ),
  onTarget(annotations.owner, 'The reference that it belongs to: kind/name/uid.'),
  onTarget(annotations.revision, 'Raised by one with each change of content.'),
  onTarget(annotations.rotatedFor, 'The token that the last write answered, so that no rotation is done twice.'),
  onTarget(
    annotations.certificateExpires,
    'Of type kubernetes.io/tls: when the first certificate ends (RFC 3339). Metrics and alerts are made from it.',
  ),
  onTarget(
    annotations.managedMetadata,
    'Names of the labels and annotations that come from the reference: one that leaves the spec is removed.',
  ),
  onTarget(mergeStateOf('UID'), 'On the host of a Merge: what the reference with that UID keeps in it.'),
];

/** Those that logins of a provider read. */
export const loginAnnotationDocs = (annotations: Readonly<Record<string, string>>): readonly NameDoc[] =>
  Object.entries(annotations).map(([name, meaning]) => onServiceAccount(name, meaning));

export const labelDocs: readonly NameDoc[] = [
  onTarget(labels.managed, '`"true"`: the operator watches this Secret and repairs it.'),
  onSecret(labels.credential, '`"true"`: a source may use this Secret as credential. Without it, it is never read.'),
  onSecret(labels.merge, '`allowed`: references with `creationPolicy: Merge` may keep their keys in this Secret.'),
  onServiceAccount(
    labels.kubernetesSource,
    '`"true"`: sources of kind `kubernetes` may use the rights of this ServiceAccount in this cluster.',
  ),
];

export const finalizerDocs: readonly NameDoc[] = [
  {
    name: mergeFinalizer,
    on: 'SecretReference',
    setBy: 'Shearline',
    meaning: 'With `creationPolicy: Merge`, until the keys of the reference are out of the host.',
  },
];

function onReference(name: string, meaning: string): NameDoc {
  return { name, on: 'SecretReference', setBy: 'you', meaning };
}

function onSecret(name: string, meaning: string): NameDoc {
  return { name, on: 'Secret', setBy: 'you', meaning };
}

function onServiceAccount(name: string, meaning: string): NameDoc {
  return { name, on: 'ServiceAccount', setBy: 'you', meaning };
}

function onTarget(name: string, meaning: string): NameDoc {
  return { name, on: 'target Secret', setBy: 'Shearline', meaning };
}
