import type { FaultReason } from '../core/fault.ts';
import { stageReasons } from './secret-rotation/reasons.ts';

/** What a reason means and what the reader can do about it. The reference docs are made from this. */
export interface ReasonDoc {
  readonly meaning: string;
  readonly whatToDo: string;
}

const faultReasons = {
  InvalidSpec: {
    meaning: 'The spec asks for something that cannot be.',
    whatToDo: 'Change the field that the message names.',
  },
  KeyNotAllowed: {
    meaning: 'The source does not let this namespace read that remote key.',
    whatToDo:
      'Use a key that `allowedKeys` of the source matches and its `policy.deniedKeys` do not, or ask its owner.',
  },
  RefusedByPolicy: {
    meaning:
      'The source asks something of its references that this one does not keep. Nothing is read; the Secret stays.',
    whatToDo: 'Do what the message says, or ask the owner of the source about the rule that it names.',
  },
  NamespaceNotAllowed: {
    meaning: 'The ClusterSecretSource does not serve this namespace. The Secret stays and is refreshed no more.',
    whatToDo: 'Use another source, or ask its owner to add the namespace to `namespaces`.',
  },
  SourceNotFound: {
    meaning: 'There is no source of that name, or no default source for this namespace.',
    whatToDo: 'Create the source, or set `sourceRef`. The reference heals by itself when the source appears.',
  },
  SourceInvalid: {
    meaning: 'The source was refused.',
    whatToDo: 'Read the Ready condition of the source; its owner has to fix it.',
  },
  ServiceAccountNotFound: {
    meaning: 'The ServiceAccount that the source logs in with is missing in this namespace.',
    whatToDo: 'Create the ServiceAccount. The reference heals by itself when it appears.',
  },
  CABundleInvalid: {
    meaning: 'The CA bundle of the source is missing or holds no certificate.',
    whatToDo: 'Fix what `caBundle` of the source says: PEM certificates, under the key that it names or in the spec.',
  },
  TemplateNotFound: {
    meaning: 'A ConfigMap or Secret that `target.template.from` names is missing, or lacks the label.',
    whatToDo:
      'Create it, with the label `shearline.dev/template: "true"`. The reference heals by itself when it appears.',
  },
  RevisionNotFound: {
    meaning: 'The annotation `shearline.dev/rollback` names a revision that does not exist. The Secret stays as it is.',
    whatToDo: 'Name one of those that the message lists, or take the annotation away.',
  },
  RotationNotEnabled: {
    meaning: '`spec.rotation` asks for a stage that needs SecretRotations, which this operator does not make.',
    whatToDo: 'Install the chart with `rotation.enabled: true`, or run it with `--rotation`; or take the stage out.',
  },
  TargetConflict: {
    meaning: 'A Secret of that name belongs to somebody else. It is never touched.',
    whatToDo: 'Choose another `target.name`, delete that Secret, or use `creationPolicy: Merge` with its consent.',
  },
  AdoptionMatches: {
    meaning: '`target.adopt` is DryRun, and the Secret that is there has the wanted values. Nothing is written.',
    whatToDo: 'Set `target.adopt: Match`: the Secret is taken over in place.',
  },
  AdoptionDiffers: {
    meaning: 'The Secret that is there differs in the keys that the message names, so it is not taken over.',
    whatToDo: 'Make the values equal, at the store or in the Secret, or set `target.adopt: Always` to replace them.',
  },
  ValueNotUsable: {
    meaning: 'The remote value was read, but cannot be used as asked. The last good Secret stays.',
    whatToDo: 'Correct the value in the store, or `property` and `decoding` in the reference.',
  },
  TargetTooLarge: {
    meaning: 'The Secret would be larger than the 1 MiB that Kubernetes takes.',
    whatToDo:
      'Ask for fewer keys, or split the reference in two; a source may have a smaller bound (`policy.maxSecretBytes`).',
  },
  KeyNotFound: {
    meaning: 'The store proved that the remote key is not there.',
    whatToDo: 'Write the key to the store, or fix `remoteRef.key`; `optional: true` if it may be missing.',
  },
  PropertyNotFound: {
    meaning: 'The remote key is there, but has no such property.',
    whatToDo: 'Fix `remoteRef.property`, or write the property to the store.',
  },
  VersionNotFound: {
    meaning: 'The remote key is there, but not in that version: it was deleted or destroyed, or never existed.',
    whatToDo: 'Ask for a version that exists, or leave `version` out to get the newest.',
  },
  AuthFailed: {
    meaning: 'The store refused the login.',
    whatToDo: 'Check role, audience and ServiceAccount of the source against the login method of the store.',
  },
  AccessDenied: {
    meaning: 'The login works, but its policy does not let it read that key, or absence could not be proved.',
    whatToDo: 'Grant read on the key to the role that the source logs in with.',
  },
  TargetWriteRefused: {
    meaning:
      'Kubernetes refused to write the Secret: a quota, an admission policy, RBAC, an immutable Secret, or names of revisions that are taken.',
    whatToDo: 'Lift what the message names, or choose another `target.name`.',
  },
  TargetImmutable: {
    meaning:
      'The Secret is immutable (`target.immutable`), and the store has a newer value. The Secret stays as it is.',
    whatToDo:
      'Delete the Secret to have it made again with the newest value, or choose another `target.name`. `refreshPolicy: Once` asks for no newer values.',
  },
  NamespaceTerminating: {
    meaning: 'The namespace is being deleted, so nothing can be created in it.',
    whatToDo: 'Nothing: the reference goes with its namespace.',
  },
  Throttled: {
    meaning: 'The store asks for fewer calls. The Secret stays, and is refreshed when the store lets us.',
    whatToDo: 'Raise `refreshInterval` or the limit of the store, if it lasts.',
  },
  TooManyChanges: {
    meaning:
      'Edits and repairs of this namespace ask the store too often, so this one waits for its time. The Secret is as it was left.',
    whatToDo:
      'Find out who edits references or changes their Secrets again and again; everything else happens by itself.',
  },
  ProviderUnavailable: {
    meaning: 'The store does not answer, or answers with errors. The last good Secret stays.',
    whatToDo: 'Check the store and the network between; everything else happens by itself.',
  },
  KubernetesUnavailable: {
    meaning: 'The API server did not answer in time, or has not shown a new namespace yet.',
    whatToDo: 'Nothing, unless it lasts: look at the API server then.',
  },
} as const satisfies Record<FaultReason, ReasonDoc>;

const otherReasons = {
  ReferencesNotReady: {
    meaning: 'Of a ClusterSecretReference: not each of its SecretReferences is Ready with the current spec yet.',
    whatToDo: 'Look at `status.notReady`, and at the SecretReferences in the namespaces that it names.',
  },
  ReferenceConflict: {
    meaning:
      'Of a ClusterSecretReference: a namespace has a SecretReference of that name that is not its own. It is never touched.',
    whatToDo: 'Delete that SecretReference, or leave the namespace out of `spec.namespaces`.',
  },
  ReferenceWriteRefused: {
    meaning:
      'Of a ClusterSecretReference: Kubernetes refused to write a SecretReference: a quota, an admission policy, or RBAC.',
    whatToDo: 'Lift what the message names, or leave the namespace out of `spec.namespaces`.',
  },
  NotEnabled: {
    meaning: 'The operator does not serve ClusterSecretReferences. What was made earlier stays as it is.',
    whatToDo: 'Install the chart with `scope.clusterReferences: true`, or run it with `--cluster-references`.',
  },
  Synced: { meaning: 'Everything is as the spec asks.', whatToDo: 'Nothing.' },
  Insecure: {
    meaning: 'The source can be used, but holds its values in the open: whoever can read it has them.',
    whatToDo: 'Nothing in a test; use a store for everything else.',
  },
  TooOld: {
    meaning: 'What is served was made longer ago than `rotation.every` allows. The Secret is as good as before.',
    whatToDo: 'Put a new value into the store, and ask for a rotation if it is not to wait for the next refresh.',
  },
  RecentEnough: {
    meaning: 'What is served is no older than `rotation.every` allows.',
    whatToDo: 'Nothing before the time that the message says.',
  },
  OlderUnused: {
    meaning: 'No pod of the namespace reads a value from before the present one, and `rotation.overlap` has passed.',
    whatToDo:
      'Revoke the older value where it is valid, then disable its version at the store: the message has the command.',
  },
  OlderInUse: {
    meaning: 'The pods that the message names read an older revision, or started before the present one was published.',
    whatToDo: 'Wait until they have ended, or restart them: `shearline who` names each.',
  },
  OverlapNotOver: {
    meaning: 'The present value was published a short while ago, or less than `rotation.overlap` ago.',
    whatToDo: 'Wait until the time that the message says.',
  },
  RbacMissing: {
    meaning: 'The operator lacks a right that this needs, and that its chart gives only where it is asked for.',
    whatToDo: 'Set the value of the chart that the message names.',
  },
  WindowClosed: {
    meaning:
      'The store has newer values, or none any more. The Secret follows when the window of `rotation.window` opens.',
    whatToDo: 'Nothing: `status.candidate` says when. To publish now, take `rotation.window` out of the spec.',
  },
  RotationPending: {
    meaning:
      'The store has a newer value, which has to pass the stages of `spec.rotation`. The Secret keeps what it has.',
    whatToDo: 'Look at the SecretRotation that the message names: it says what it waits for.',
  },
  RotationFailed: {
    meaning: 'A newer value did not pass the stages of `spec.rotation`. The Secret keeps what it had before.',
    whatToDo:
      'The SecretRotation that the message names says why. Put another value into the store, or set a new token to try again.',
  },
  ApprovalPending: {
    meaning: 'Of a SecretRotation: somebody has to approve it.',
    whatToDo: 'Whoever has the verb `approve` on secretrotations sets `spec.approval`.',
  },
  ApprovalDenied: {
    meaning: 'Of a SecretRotation: somebody has denied it. The Secret keeps what it had before.',
    whatToDo: 'Put another value into the store, or set a new token: that is another run.',
  },
  Publishing: {
    meaning: 'Of a SecretRotation: it has come through, and the Secret gets its values next.',
    whatToDo: 'Nothing. If it takes longer, the conditions of the SecretReference say why.',
  },
  RollingBack: {
    meaning: 'Of a SecretRotation: it failed after its values were published, and those before come back.',
    whatToDo: 'Nothing. If it takes longer, the conditions of the SecretReference say why.',
  },
  Superseded: {
    meaning: 'Of a SecretRotation: another value or another request came before anybody had judged it.',
    whatToDo: 'Look at the newest SecretRotation of the reference.',
  },
  RolledBack: {
    meaning:
      'An older revision is published, as the annotation `shearline.dev/rollback` says. Newer values are not read.',
    whatToDo: 'Take the annotation away to follow the store again.',
  },
  Suspended: {
    meaning: '`suspend: true`: nothing is read or written, and rotation requests wait.',
    whatToDo: 'Set `suspend: false` to go on.',
  },
} as const satisfies Record<string, ReasonDoc>;

/** Why a condition is as it is: one word for machines, columns and alerts. */
export type Reason = keyof typeof reasons;
export const reasons = { ...otherReasons, ...stageReasons, ...faultReasons } as const;
