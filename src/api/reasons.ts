import type { FaultReason } from '../core/fault.ts';

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
    whatToDo: 'Use a key that `allowedKeys` of the source matches, or ask its owner to widen them.',
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
    whatToDo: 'Fix the ConfigMap that `caBundle` names: PEM certificates under the key that it says.',
  },
  TargetConflict: {
    meaning: 'A Secret of that name belongs to somebody else. It is never touched.',
    whatToDo: 'Choose another `target.name`, delete that Secret, or use `creationPolicy: Merge` with its consent.',
  },
  ValueNotUsable: {
    meaning: 'The remote value was read, but cannot be used as asked. The last good Secret stays.',
    whatToDo: 'Correct the value in the store, or `property` and `decoding` in the reference.',
  },
  TargetTooLarge: {
    meaning: 'The Secret would be larger than the 1 MiB that Kubernetes takes.',
    whatToDo: 'Ask for fewer keys, or split the reference in two.',
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
    meaning: 'Kubernetes refused to write the Secret: a quota, an admission policy, RBAC, or an immutable Secret.',
    whatToDo: 'Lift what the message names, or choose another `target.name`.',
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
  Synced: { meaning: 'Everything is as the spec asks.', whatToDo: 'Nothing.' },
  Suspended: {
    meaning: '`suspend: true`: nothing is read or written, and rotation requests wait.',
    whatToDo: 'Set `suspend: false` to go on.',
  },
} as const satisfies Record<string, ReasonDoc>;

/** Why a condition is as it is: one word for machines, columns and alerts. */
export type Reason = keyof typeof reasons;
export const reasons = { ...otherReasons, ...faultReasons } as const;
