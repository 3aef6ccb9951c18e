import { labels } from '../../../api/annotations.ts';
import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import type { AnySecretSource, SecretSource } from '../../../api/secret-source/secret-source.ts';
import type { Priority } from '../../../async/priority.ts';
import type { Clock } from '../../../core/clock.ts';
import { type ObjectKey, objectKey, splitKey } from '../../../core/object-key.ts';
import type { MetadataObject } from '../../../core/object-meta.ts';
import type { Result } from '../../../core/result.ts';
import type { Change } from '../../../kube/api.ts';
import { indexBy } from '../../../kube/index-by.ts';
import { objectKeyOf } from '../../../kube/informer.ts';
import type { RemoteReader, SourceAccess } from '../../../remote/ports.ts';
import type { Enqueue } from '../../../runtime/reconcile.ts';
import type { CheckedSource, CheckSource } from '../../secret-source/check.ts';
import type { ReferenceStates } from '../nouns/reference-state.ts';
import { mergedUidsIn, ownerUidsIn } from '../nouns/target-marks.ts';
import type { Watched } from '../ports.ts';
import {
  anyDefault,
  becameReady,
  generationChanged,
  isDefault,
  namespaceMatters,
  priorityOf,
  sourceId,
  sourcesUsedBy,
  targetsOf,
  templateId,
  templatesOf,
  usesEarlierDefault,
} from './predicates.ts';
import { wakeThoseWhoWait } from './waiting.ts';

/** Reconciles the references that a change in the cluster concerns, and no others. */
export function watchForReferences(
  watched: Watched,
  checkSource: CheckSource,
  states: ReferenceStates,
  remote: Pick<RemoteReader, 'onRecovered' | 'forgetReference'>,
  clock: Clock,
  enqueue: Enqueue,
): void {
  const { references } = watched;
  const byTarget = indexBy(references, targetsOf);
  const byUid = indexBy(references, ({ metadata }) => [metadata.uid]);
  const byNamespace = indexBy(references, ({ metadata }) => [metadata.namespace]);
  const bySource = indexBy(references, sourcesUsedBy);
  const wake = (keys: Iterable<ObjectKey>, priority: Priority = 'normal'): void => {
    const now = clock.steady();
    for (const key of keys) enqueue(key, priority, now);
  };

  const found = (keys: readonly ObjectKey[]): readonly SecretReference[] =>
    keys.flatMap(key => references.get(key) ?? []);

  references.onChange(change => {
    const { key, before, after } = change;
    if (before !== undefined && before.metadata.uid !== after?.metadata.uid) {
      states.forget(before.metadata.uid);
      remote.forgetReference(before.metadata.namespace, before.metadata.uid);
    }
    const priority = priorityOf(change);
    if (priority === 'normal' && before !== undefined && after !== undefined) states.touch(after.metadata.uid);
    if (priority !== undefined) wake([key], priority);
  });

  const targetChanged = ({ key, after }: Change<MetadataObject>): void => {
    const owners = after === undefined ? [] : [...ownerUidsIn(after.metadata), ...mergedUidsIn(after.metadata)];
    // A Secret that is seen late may be under a name that its reference has left by now.
    const users = new Set([...byTarget.keys(key), ...owners.flatMap(uid => byUid.keys(uid))]);
    const others = [...users].filter(user => !isOwnWrite(after, references.get(user), states));
    for (const reference of found(others)) states.touch(reference.metadata.uid);
    wake(others);
  };
  watched.targets.onChange(targetChanged);
  watched.hosts.onChange(targetChanged);

  watched.namespaces.onChange(change => {
    if (namespaceMatters(change)) wake(byNamespace.keys(splitKey(change.key).name));
  });

  const whoOvertook = (own: SecretSource): readonly ObjectKey[] =>
    found(byNamespace.keys(own.metadata.namespace))
      .filter(reference => usesEarlierDefault(reference, own))
      .map(objectKeyOf);
  const sourceChanged = (change: Change<AnySecretSource>): void => {
    const source = change.after ?? change.before;
    if (source === undefined || !(generationChanged(change) || becameReady(change))) return;
    wake(bySource.keys(sourceId(source)));
    // One that is a default no longer may have been one of two.
    if (isDefault(change.before) || isDefault(change.after)) wake(bySource.keys(anyDefault));
    if (change.after?.kind === 'SecretSource') wake(whoOvertook(change.after));
  };
  watched.sources.onChange(sourceChanged);
  watched.clusterSources.onChange(sourceChanged);

  const byTemplate = indexBy(references, templatesOf);
  for (const kind of ['ConfigMap', 'Secret'] as const)
    watched.templates[kind].onChange(({ key }) => {
      const users = byTemplate.keys(templateId(kind, key));
      for (const reference of found(users)) states.touch(reference.metadata.uid);
      wake(users);
    });

  wakeThoseWhoWait(watched, remote, clock, enqueue);

  const byAccount = indexSources(watched, checkSource, accountsOf);
  watched.serviceAccounts.onChange(change => {
    const { namespace, name } = splitKey(change.key);
    const isAnother = (source: AnySecretSource) => loginDiffers(checkSource(source), change);
    for (const source of byAccount(change.key).filter(isAnother)) wake(bySource.keys(sourceId(source)));
    const everywhere = byAccount(inAnyNamespace(name)).filter(isAnother).map(sourceId);
    if (everywhere.length === 0) return;
    const usesOne = (reference: SecretReference) => sourcesUsedBy(reference).some(id => everywhere.includes(id));
    wake(found(byNamespace.keys(namespace)).filter(usesOne).map(objectKeyOf));
  });
  const byCredential = indexSources(watched, checkSource, credentialsOf);
  watched.credentials.onChange(({ key }) => {
    for (const source of byCredential(key)) wake(bySource.keys(sourceId(source)));
  });
}

/** Finds sources by what they log in with: an event costs no look at all of them, for there may be tens of thousands. */
function indexSources(
  { sources, clusterSources }: Pick<Watched, 'sources' | 'clusterSources'>,
  checkSource: CheckSource,
  namesOf: (access: SourceAccess) => readonly string[],
): (name: string) => readonly AnySecretSource[] {
  const names = (source: AnySecretSource): readonly string[] => {
    const checked = checkSource(source);
    return checked.ok ? namesOf(checked.value.access) : [];
  };
  const own = indexBy(sources, names);
  const shared = indexBy(clusterSources, names);
  return name => [
    ...own.keys(name).flatMap(key => sources.get(key) ?? []),
    ...shared.keys(name).flatMap(key => clusterSources.get(key) ?? []),
  ];
}

/** Of a shared source each namespace has an account of that name, unless it logs in as one of the operator's own. */
function accountsOf({ namespaced, homeNamespace, provider: { needs } }: SourceAccess): readonly string[] {
  if (needs.serviceAccount === undefined) return [];
  const { name } = needs.serviceAccount;
  return [namespaced || needs.operatorIdentity ? objectKey(homeNamespace, name) : inAnyNamespace(name)];
}

const inAnyNamespace = (name: string): string => `*/${name}`;

const credentialsOf = ({ homeNamespace, provider: { needs } }: SourceAccess): readonly string[] =>
  needs.credentials.map(({ name }) => objectKey(homeNamespace, name));

/** Another ServiceAccount, or another annotation or consent that the login depends on. */
function loginDiffers(checked: Result<CheckedSource>, { before, after }: Change<MetadataObject>): boolean {
  if (before?.metadata.uid !== after?.metadata.uid) return true;
  const wanted = checked.ok ? checked.value.access.provider.needs.serviceAccount : undefined;
  const consents = (account: MetadataObject | undefined) => account?.metadata.labels[labels.kubernetesSource];
  if (wanted?.audiences === 'this-cluster' && consents(before) !== consents(after)) return true;
  const annotations = wanted?.annotations ?? [];
  return annotations.some(name => before?.metadata.annotations[name] !== after?.metadata.annotations[name]);
}

/** The event of a write of ours asks for nothing. */
function isOwnWrite(
  after: MetadataObject | undefined,
  user: SecretReference | undefined,
  states: ReferenceStates,
): boolean {
  if (after === undefined || user === undefined) return false;
  const { target } = states.of(user.metadata.uid);
  const ours = [user.status?.target?.resourceVersion, target?.resourceVersion, target?.pinnedVersion];
  return ours.includes(after.metadata.resourceVersion);
}
