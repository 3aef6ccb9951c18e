import type { SecretReferenceSpec } from '../../../api/secret-reference/secret-reference.ts';
import type { AbsentFault } from '../../../core/fault.ts';
import type { OwnerReference } from '../../../core/object-meta.ts';
import { quoted } from '../../../core/quoted.ts';
import type { Result } from '../../../core/result.ts';
import type { SecretValue } from '../../../core/secret-value.ts';
import type { RemoteValue } from '../../../providers/provider.ts';
import type { PlannedRead } from './observed.ts';

/** What the store answered to one read: a value, or the proof that there is none. */
export interface Answer {
  readonly read: PlannedRead;
  readonly found: Result<RemoteValue, AbsentFault>;
  /** A repair asked for the served version, which is gone: this is the newest. */
  readonly movedOn: boolean;
}

/** What the stores answered to all that the spec asks for, what its searches found among it. */
export interface AllAnswers {
  readonly answers: readonly Answer[];
  /** Remote keys that match a search and are not taken. */
  readonly leftOut: readonly string[];
}

/** For a message; empty when nothing was left out. */
export function leftOutNote([first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  const what = others.length === 0 ? `1 key (${quoted(first)})` : `${others.length + 1} keys (${quoted(first)} first)`;
  return `; find left out ${what}: the prefix itself, or what cannot be a remote key`;
}

/** Of all values together. */
export const bytesOf = (data: ReadonlyMap<string, SecretValue>): number =>
  [...data.values()].reduce((sum, { size }) => sum + size, 0);

/** The answers as keys of a Secret. */
export interface Material {
  readonly data: ReadonlyMap<string, SecretValue>;
  /** The first proved absence of an entry that is not optional. */
  readonly missing: AbsentFault | undefined;
  /** Whether the remote keys of all entries that are not optional are gone. A property or a version is not the key. */
  readonly allGone: boolean;
  /** What templates made of the values. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All that should be there, before anybody looked at what is. */
export type Desired = DesiredSecrets | NoSecret;

/** The first is the target. */
export interface DesiredSecrets {
  readonly kind: 'secrets';
  readonly secrets: readonly [DesiredSecret, ...DesiredSecret[]];
}

export interface DesiredSecret {
  readonly name: string;
  readonly namespace: string;
  readonly type: string;
  /** Undefined: nobody says, so it stays as it is. */
  readonly immutable?: boolean | undefined;
  /** What to do when one is there that nobody owns. Undefined: it is a conflict. */
  readonly adopt?: SecretReferenceSpec['target']['adopt'] | undefined;
  readonly data: ReadonlyMap<string, SecretValue>;
  /** Ours and the spec's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** For creationPolicy Owner: the Secret goes when the reference goes. */
  readonly ownerReference: OwnerReference | undefined;
}

/** Every key that is not optional is proved to be gone, and the spec says Delete. */
export interface NoSecret {
  readonly kind: 'none';
  readonly proof: AbsentFault;
}
