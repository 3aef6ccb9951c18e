import type { SecretReference } from '../../api/secret-reference.ts';
import type { AnySecretSource, ClusterSecretSource, SecretSource } from '../../api/secret-source.ts';
import type { Clock } from '../../core/clock.ts';
import type { Lane } from '../../core/lane.ts';
import { type ObjectKey, splitKey } from '../../core/object-key.ts';
import type { MetadataObject } from '../../core/object-meta.ts';
import { keyOf } from '../../kube/cache.ts';
import { indexBy } from '../../kube/index-by.ts';
import type { Change, Reflector } from '../../kube/port.ts';
import type { Needs } from '../../providers/provider.ts';
import type { RemoteReader } from '../../providers/remote-reader.ts';
import type { CheckSource } from '../secret-source/check.ts';
import type { Memory } from './memory.ts';
import {
  awaitsDefault,
  becameReady,
  isDefault,
  laneOf,
  namespaceMatters,
  overtook,
  sourceId,
  sourcesUsedBy,
  specMatters,
  targetsOf,
} from './relations.ts';
import { wakeThoseWhoWait } from './waiting.ts';

/** What references depend on. */
export interface Watched {
  readonly references: Reflector<SecretReference>;
  readonly sources: Reflector<SecretSource>;
  readonly clusterSources: Reflector<ClusterSecretSource>;
  readonly namespaces: Reflector<MetadataObject>;
  readonly targets: Reflector<MetadataObject>;
  readonly hosts: Reflector<MetadataObject>;
  readonly serviceAccounts: Reflector<MetadataObject>;
  readonly credentials: Reflector<MetadataObject>;
}

/** `at`: steady milliseconds, now or later. */
export type Enqueue = (key: ObjectKey, lane: Lane, at: number) => void;

/** Turns what changes in the cluster into turns of the references that it concerns, and of no others. */
export function watchForReferences(
  watched: Watched,
  checkSource: CheckSource,
  memory: Memory,
  remote: Pick<RemoteReader, 'onRecovered'>,
  clock: Clock,
  enqueue: Enqueue,
): void {
  const { references } = watched;
  const byTarget = indexBy(references, targetsOf);
  const byNamespace = indexBy(references, ({ metadata }) => [metadata.namespace]);
  const bySource = indexBy(references, sourcesUsedBy);
  const wake = (keys: Iterable<ObjectKey>, lane: Lane = 'edit'): void => {
    const now = clock.steady();
    for (const key of keys) enqueue(key, lane, now);
  };

  references.onChange(change => {
    const { key, before, after } = change;
    if (before !== undefined && before.metadata.uid !== after?.metadata.uid) memory.forget(before.metadata.uid);
    const lane = laneOf(change);
    if (lane !== undefined) wake([key], lane);
  });

  const targetChanged = ({ key, after }: Change<MetadataObject>): void =>
    wake(byTarget.keys(key).filter(user => !isOwnWrite(after, references.get(user), memory)));
  watched.targets.onChange(targetChanged);
  watched.hosts.onChange(targetChanged);

  watched.namespaces.onChange(change => {
    if (namespaceMatters(change)) wake(byNamespace.keys(splitKey(change.key).name));
  });

  const found = (keys: readonly ObjectKey[]): readonly SecretReference[] =>
    keys.flatMap(key => references.get(key) ?? []);
  const whoOvertook = (own: SecretSource): readonly ObjectKey[] =>
    found(byNamespace.keys(own.metadata.namespace))
      .filter(reference => overtook(reference, own))
      .map(keyOf);
  const sourceChanged = (change: Change<AnySecretSource>): void => {
    const source = change.after ?? change.before;
    if (source === undefined || !(specMatters(change) || becameReady(change))) return;
    wake(bySource.keys(sourceId(source)));
    // One that is a default no longer may have been one of two.
    if (isDefault(change.before) || isDefault(change.after)) wake(bySource.keys(awaitsDefault));
    if (change.after?.kind === 'SecretSource') wake(whoOvertook(change.after));
  };
  watched.sources.onChange(sourceChanged);
  watched.clusterSources.onChange(sourceChanged);

  wakeThoseWhoWait(watched, remote, clock, enqueue);

  const usersOf = (uses: (needs: Needs, homeNamespace: string) => boolean): readonly ObjectKey[] =>
    [...watched.sources.values(), ...watched.clusterSources.values()].flatMap(source => {
      const checked = checkSource(source);
      const used = checked.ok && uses(checked.value.access.provider.needs, checked.value.access.homeNamespace);
      return used ? bySource.keys(sourceId(source)) : [];
    });
  watched.serviceAccounts.onChange(change => {
    const { namespace, name } = splitKey(change.key);
    const isAnother = (needs: Needs) => needs.serviceAccount?.name === name && loginDiffers(needs, change);
    const users = usersOf(isAnother);
    wake(users.filter(key => splitKey(key).namespace === namespace));
  });
  watched.credentials.onChange(({ key }) => {
    const { namespace, name } = splitKey(key);
    wake(usersOf((needs, home) => home === namespace && needs.credentials.some(field => field.name === name)));
  });
}

/** Another ServiceAccount, or another annotation that the login depends on. */
function loginDiffers({ serviceAccount }: Needs, { before, after }: Change<MetadataObject>): boolean {
  if (before?.metadata.uid !== after?.metadata.uid) return true;
  const annotations = serviceAccount?.annotations ?? [];
  return annotations.some(name => before?.metadata.annotations[name] !== after?.metadata.annotations[name]);
}

/** The event of a write of ours asks for nothing. */
function isOwnWrite(after: MetadataObject | undefined, user: SecretReference | undefined, memory: Memory): boolean {
  if (after === undefined || user === undefined) return false;
  const ours = [user.status?.target?.resourceVersion, memory.of(user.metadata.uid).target?.resourceVersion];
  return ours.includes(after.metadata.resourceVersion);
}
