import { labels } from '../../../api/annotations.ts';
import { adoptionDiffers, adoptionMatches, conflict, type Fault, writeRefused } from '../../../core/fault.ts';
import { type ObjectKey, objectKey } from '../../../core/object-key.ts';
import type { ObjectMeta } from '../../../core/object-meta.ts';
import { quoted } from '../../../core/quoted.ts';
import type { Current } from '../nouns/changes.ts';
import type { DesiredSecret } from '../nouns/desired.ts';
import { isNobodys, mergedUidsIn, ownedByAnother, ownership } from '../nouns/target-marks.ts';

/**
 * Why a Secret that is there may not be written: it is somebody else's, or nobody's and not to be adopted. Undefined when it
 * is ours, or becomes ours by the next write, in place: pods that mount it notice nothing.
 */
export function refusal(
  current: Current,
  desired: DesiredSecret | undefined,
  reference: ObjectMeta,
): Fault | undefined {
  const owner = ownership(current.metadata, reference);
  if (owner.kind === 'ours') return undefined;
  if (!isNobodys(current.metadata) || desired?.adopt === undefined || current.differs === undefined)
    return ownedByAnother(current.metadata.name, owner);
  const key = objectKey(desired.namespace, desired.name);
  const obstacle = obstacles.map(holds => holds(current, desired)).find(found => found !== undefined);
  return obstacle === undefined
    ? compared(`Secret ${key}`, desired.adopt, current.differs)
    : conflict(`Secret ${key} ${obstacle}`);
}

/** Whatever `adopt` says. First match wins. */
const obstacles: readonly ((current: Current, desired: DesiredSecret) => string | undefined)[] = [
  ({ metadata }) =>
    metadata.deletionTimestamp === undefined ? undefined : 'is being deleted: once it is gone, it is made again',
  ({ metadata }) =>
    metadata.labels[labels.credential] === 'true'
      ? `is a credential of a source and is not adopted: choose another spec.target.name, or take the label ${labels.credential} from it`
      : undefined,
  ({ metadata }) =>
    mergedUidsIn(metadata).length > 0
      ? 'holds keys of another SecretReference and is not adopted: let creationPolicy Merge keep yours there, too'
      : undefined,
  ({ type = '' }, desired) =>
    type === desired.type
      ? undefined
      : `has type ${quoted(type)} and not ${desired.type}, and is not adopted, because Kubernetes lets nobody change it: ` +
        'choose another spec.target.name, or make the SecretReference again with that type',
];

function compared(
  secret: string,
  adopt: NonNullable<DesiredSecret['adopt']>,
  differs: readonly string[],
): Fault | undefined {
  const same = differs.length === 0;
  if (adopt === 'Always' || (adopt === 'Match' && same)) return undefined;
  const nothing =
    adopt === 'DryRun' ? ': nothing is written, because spec.target.adopt is DryRun' : ' and is left as it is';
  if (same) return adoptionMatches(`${secret} matches${nothing}; set it to Match to take the Secret over`);
  return adoptionDiffers(
    `${secret} differs in ${listed(differs)}${nothing}; make them equal, at the store or in the Secret, or set ` +
      'spec.target.adopt: Always to replace what is there',
  );
}

/** By deploy/install.yaml and the chart: whoever may write the Secret has to say that the operator may. */
export const notMarked = (key: ObjectKey): Fault =>
  writeRefused(
    `an admission policy lets the operator adopt Secret ${key} only when it is marked: put the label ${labels.managed}: "true" on it`,
  );

const mostListed = 10;

function listed(keys: readonly string[]): string {
  const more = keys.length > mostListed ? ` and ${keys.length - mostListed} more` : '';
  return `${keys.length === 1 ? 'key' : 'keys'} ${keys.slice(0, mostListed).join(', ')}${more}`;
}

/** The keys that only one of them has, or of which the bytes differ, by name. */
export function differingKeys(there: DesiredSecret['data'], wanted: DesiredSecret['data']): readonly string[] {
  const all = new Set([...there.keys(), ...wanted.keys()]);
  return [...all].filter(key => there.get(key)?.equals(wanted.get(key)) !== true).toSorted();
}
