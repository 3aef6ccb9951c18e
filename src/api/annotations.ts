import { pinLabel } from '../core/pod-revisions.ts';
import { fieldOf, parseUntyped, textsOf } from '../core/untyped.ts';
import { rotatedAt } from '../providers/kit/made-at.ts';
import { kubernetesSourceLabel } from '../remote/identity.ts';

/** Every annotation, label and finalizer that the operator reads or writes. The reference docs list them from here. */

export const annotations = {
  rotate: 'shearline.dev/rotate',
  forceSync: 'force-sync',
  requestedBy: 'shearline.dev/requested-by',
  rollback: 'shearline.dev/rollback',
  owner: 'shearline.dev/owner',
  revision: 'shearline.dev/revision',
  rotatedFor: 'shearline.dev/rotated-for',
  certificateExpires: 'shearline.dev/certificate-expires',
  managedMetadata: 'shearline.dev/managed-metadata',
  clusterRotate: 'shearline.dev/cluster-rotate',
  restartedFor: 'shearline.dev/restarted-for',
  restartedAt: 'shearline.dev/restarted-at',
  pin: 'shearline.dev/pin',
  pinGroup: 'shearline.dev/pin-group',
} as const;

export const labels = {
  managed: 'shearline.dev/managed',
  credential: 'shearline.dev/credential',
  merge: 'shearline.dev/merge',
  template: 'shearline.dev/template',
  revisionOf: 'shearline.dev/revision-of',
  delivery: 'shearline.dev/delivery',
  pinned: 'shearline.dev/pinned',
  clusterReference: 'shearline.dev/cluster-reference',
  kubernetesSource: kubernetesSourceLabel,
} as const;

/** Names of labels and annotations. */
export interface MetadataNames {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** Which labels and annotations come from a spec. The annotation may have been tampered with: then none is known. */
export function managedNames(annotated: Readonly<Record<string, string>>): MetadataNames {
  const text = annotated[annotations.managedMetadata];
  // Nearly always absent, and an error costs more than all else that is done with an object.
  const raw = text === undefined ? undefined : parseUntyped(text);
  return { labels: textsOf(fieldOf(raw, 'labels')), annotations: textsOf(fieldOf(raw, 'annotations')) };
}

/** On a pod: the revision of that Secret that it reads. */
export const pinnedTo = (secret: string): string => `${pinLabel}${secret}`;

/** On the host of a Merge, one for each reference that has keys in it. */
export const mergeStateOf = (referenceUid: string): string => `shearline.dev/merge-${referenceUid}`;

/** On a workload that `rotation.restart` of the reference with that UID has restarted. */
export const restartMarkOf = (referenceUid: string): string => `shearline.dev/restart-${referenceUid}`;

/** On a reference with `creationPolicy: Merge`, until its keys are out of the host. */
export const mergeFinalizer = 'shearline.dev/merged-keys';

/** On a reference that adopts and leaves its Secret behind, until our marks are off the Secret. */
export const adoptFinalizer = 'shearline.dev/adopted';

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
  onReference(
    annotations.requestedBy,
    'Your user name, set together with the token: the SecretRotation says who asked. With `rotation.enabled` in the chart nobody can write another name than their own.',
  ),
  onCluster(
    annotations.rotate,
    'The same for each of its SecretReferences. Wait for it in `.status.rotation.lastSucceeded`.',
  ),
  onCluster(annotations.requestedBy, 'The same: each SecretRotation of its SecretReferences says who asked.'),
  onGenerated(
    annotations.clusterRotate,
    'The last token of the ClusterSecretReference that was passed on, so that it is passed on once.',
  ),
  onGenerated(
    annotations.managedMetadata,
    'Names of the labels and annotations that come from the ClusterSecretReference: one that leaves its spec is removed.',
  ),
  onReference(
    annotations.rollback,
    'Where revisions are kept: the number of a revision that is published instead of the newest value, for as long as the annotation is there.',
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
  {
    name: rotatedAt,
    on: 'remote secret',
    setBy: 'you',
    meaning:
      'Custom metadata of Vault, a tag of Key Vault, an annotation of a Kubernetes object: when what it holds was made (RFC 3339), if that was before it was stored. See `rotation.every`.',
  },
  onTemplate(
    annotations.restartedFor,
    'The SecretRotation for which `rotation.restart` restarted it last; with `-rollback` when that one failed.',
  ),
  onTemplate(annotations.restartedAt, 'When that was (RFC 3339).'),
  {
    name: restartMarkOf('UID'),
    on: 'workload',
    setBy: 'Shearline',
    meaning: 'The same two for the reference with that UID, whoever has restarted the workload since.',
  },
  onPod(
    annotations.pin,
    'With the label `shearline.dev/pinned`: names of Secrets, joined by commas. What of the pod refers to one of them is sent to its revision.',
  ),
  onPod(
    annotations.pinGroup,
    'Pods with the same text here read the revision that the first of them got. Without it, those of one Spark application or Job do.',
  ),
  onTarget(mergeStateOf('UID'), 'On the host of a Merge: what the reference with that UID keeps in it.'),
];

/** Those that logins of a provider read. */
export const loginAnnotationDocs = (annotations: Readonly<Record<string, string>>): readonly NameDoc[] =>
  Object.entries(annotations).map(([name, meaning]) => onServiceAccount(name, meaning));

export const labelDocs: readonly NameDoc[] = [
  onTarget(labels.managed, '`"true"`: the operator watches this Secret and repairs it.'),
  onTarget(labels.revisionOf, 'On the revisions of delivery Pinned: the name of the Secret that changes.'),
  onSecret(labels.credential, '`"true"`: a source may use this Secret as credential. Without it, it is never read.'),
  onSecret(labels.merge, '`allowed`: references with `creationPolicy: Merge` may keep their keys in this Secret.'),
  onSecret(
    labels.template,
    '`"true"`, on a ConfigMap too: `target.template.from` may take templates from it. Without it, it is never read.',
  ),
  onGenerated(labels.clusterReference, 'Name of the ClusterSecretReference that makes it.'),
  onPod(labels.pinned, '`"true"`: it is pinned as annotation `shearline.dev/pin` says, or refused.'),
  onPod(
    pinnedTo('NAME'),
    'The revision of Secret NAME that the pod reads, `NAME-r7`: set by the admission policy, unless you did. `shearline who` counts it.',
  ),
  {
    name: labels.delivery,
    on: 'SecretReference',
    setBy: 'Shearline',
    meaning: '`Pinned`, as in its spec: by this label the admission policy chooses references.',
  },
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
  {
    name: adoptFinalizer,
    on: 'SecretReference',
    setBy: 'Shearline',
    meaning: 'With `adopt` and `creationPolicy: Orphan`, until the marks of the reference are off the Secret.',
  },
];

function onReference(name: string, meaning: string): NameDoc {
  return { name, on: 'SecretReference', setBy: 'you', meaning };
}

function onCluster(name: string, meaning: string): NameDoc {
  return { name, on: 'ClusterSecretReference', setBy: 'you', meaning };
}

function onGenerated(name: string, meaning: string): NameDoc {
  return { name, on: 'SecretReference', setBy: 'Shearline', meaning };
}

function onSecret(name: string, meaning: string): NameDoc {
  return { name, on: 'Secret', setBy: 'you', meaning };
}

function onServiceAccount(name: string, meaning: string): NameDoc {
  return { name, on: 'ServiceAccount', setBy: 'you', meaning };
}

function onTemplate(name: string, meaning: string): NameDoc {
  return { name, on: 'pod template of a workload', setBy: 'Shearline', meaning };
}

function onPod(name: string, meaning: string): NameDoc {
  return { name, on: 'Pod', setBy: 'you', meaning };
}

function onTarget(name: string, meaning: string): NameDoc {
  return { name, on: 'target Secret', setBy: 'Shearline', meaning };
}
