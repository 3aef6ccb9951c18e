import { managedNames } from '../../api/annotations.ts';
import { type Fault, kubernetesUnavailable } from '../../core/fault.ts';
import { objectKey } from '../../core/object-key.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Secrets } from '../../kube/secrets.ts';
import type { KeptRevision } from './nouns/changes.ts';
import type { Desired } from './nouns/desired.ts';
import { fingerprint } from './nouns/fingerprint.ts';
import type { Observed } from './nouns/observed.ts';
import type { SyncPlan } from './nouns/planned.ts';
import { noSuchRevision, type Revision, revisionGone } from './nouns/revisions.ts';
import { targetOf } from './render.ts';

/** What is published as it was kept: by a rollback by hand, or by a run. */
export interface Publication {
  readonly desired: Extract<Desired, { kind: 'secrets' }>;
  readonly publishes: KeptRevision;
}

/** The bytes come from the revision itself, whatever the store has by now. */
export async function publication(
  observed: Observed,
  { spec, because }: SyncPlan,
  { number, metadata }: Revision,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Result<Publication>> {
  const key = objectKey(metadata.namespace, metadata.name);
  const found = await secrets.get(key, signal);
  if (!found.ok && found.fault.kind !== 'not-found') return failed(unread(key));
  if (!found.ok || found.value.metadata.uid !== metadata.uid)
    return failed(because === 'RolledBack' ? noSuchRevision(without(observed, number)) : revisionGone(key));
  const { type, data, immutable } = found.value;
  const target = targetOf(observed.reference.metadata, observed.targetName, asKept(spec.target, metadata), data);
  const current = { metadata: found.value.metadata, type, immutable, fingerprint: fingerprint(type, data) };
  return ok({ desired: { kind: 'secrets', secrets: [target] }, publishes: { number, current } });
}

const without = (observed: Observed, gone: number): Observed => ({
  ...observed,
  revisions: observed.revisions.filter(({ number }) => number !== gone),
});

/** Labels and annotations too: templates may have made them of the same values. */
function asKept(target: SyncPlan['spec']['target'], { labels, annotations }: Revision['metadata']) {
  const managed = managedNames(annotations);
  const kept = (map: Readonly<Record<string, string>>, names: readonly string[]) =>
    Object.fromEntries(names.flatMap(name => (map[name] === undefined ? [] : [[name, map[name]]])));
  return {
    ...target,
    labels: { ...target.labels, ...kept(labels, managed.labels) },
    annotations: { ...target.annotations, ...kept(annotations, managed.annotations) },
  };
}

const unread = (key: string): Fault =>
  kubernetesUnavailable(`the API server did not answer for Secret ${key}: it is tried again`);
