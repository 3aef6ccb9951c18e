import { z } from 'zod';
import { referenceOf, secretOf } from '../scenarios/objects.ts';
import type { World } from '../scenarios/world.ts';
import type { Entry } from './journal.ts';

/** How things stand in one namespace, without what differs from run to run: times, versions of objects, its name. */
export interface Snapshot {
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly references: Readonly<Record<string, unknown>>;
}

/** By object, as `secrets/db`: how often the operator made and deleted it. */
export type Effects = Readonly<Record<string, { readonly created: number; readonly deleted: number }>>;

export async function snapshotOf({ cluster }: World, namespace: string): Promise<Snapshot> {
  const [secrets, references] = await Promise.all([
    cluster.list('Secret', namespace),
    cluster.list('SecretReference', namespace),
  ]);
  return {
    secrets: Object.fromEntries(secrets.map(raw => secretView(raw))),
    references: Object.fromEntries(references.map(raw => [referenceOf(raw).metadata.name, statusOf(raw, namespace)])),
  };
}

export function effectsOf(writes: readonly Entry[]): Effects {
  const effects: Record<string, { created: number; deleted: number }> = {};
  for (const { call } of writes) {
    if (call.verb !== 'create' && call.verb !== 'delete') continue;
    effects[`${call.resource}/${call.name}`] ??= { created: 0, deleted: 0 };
    const counted = effects[`${call.resource}/${call.name}`];
    if (counted !== undefined) counted[call.verb === 'create' ? 'created' : 'deleted'] += 1;
  }
  return effects;
}

function secretView(raw: unknown): readonly [string, unknown] {
  const { metadata, type, text } = secretOf(raw);
  const { 'shearline.dev/owner': owner, ...annotations } = metadata.annotations;
  const { name, labels, ownerReferences } = metadata;
  return [name, { type, text, labels, annotations, owned: owner !== undefined, owners: ownerReferences.length }];
}

const Status = z.object({ status: z.unknown() });
const fleeting = ['lastTransitionTime', 'lastSyncTime', 'time', 'resourceVersion'];

function statusOf(raw: unknown, namespace: string): unknown {
  const kept = (key: string, value: unknown) => (fleeting.includes(key) ? undefined : value);
  return JSON.parse(JSON.stringify(Status.parse(raw).status, kept).replaceAll(namespace, 'NAMESPACE'));
}
