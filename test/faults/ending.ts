import * as z from 'zod';
import { referenceOf, secretOf } from '../scenarios/objects.ts';
import type { World } from '../scenarios/world.ts';
import type { Entry } from './journal.ts';

/** How things stand in one namespace, without what differs from run to run: times, versions and UIDs of objects, its name. */
export interface Snapshot {
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly references: Readonly<Record<string, unknown>>;
  readonly rotations: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, unknown>>;
  readonly deployments: Readonly<Record<string, unknown>>;
}

/** By object, as `secrets/db`: how often the operator made and deleted it. */
export type Effects = Readonly<Record<string, { readonly created: number; readonly deleted: number }>>;

export async function snapshotOf({ cluster }: World, namespace: string): Promise<Snapshot> {
  const [secrets, references, rotations, jobs, deployments] = await Promise.all([
    cluster.list('Secret', namespace),
    cluster.list('SecretReference', namespace),
    cluster.list('SecretRotation', namespace),
    cluster.list('Job', namespace),
    cluster.list('Deployment', namespace),
  ]);
  return {
    secrets: Object.fromEntries(secrets.map(raw => secretView(raw))),
    references: Object.fromEntries(references.map(raw => referenceView(raw, namespace))),
    rotations: Object.fromEntries(rotations.map(raw => rotationView(raw, namespace))),
    jobs: Object.fromEntries(jobs.map(raw => jobView(raw))),
    deployments: Object.fromEntries(deployments.map(raw => deploymentView(raw))),
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
  const { name, labels, ownerReferences } = metadata;
  const annotations = JSON.parse(JSON.stringify(metadata.annotations).replaceAll(uuid, 'UID'));
  return [name, { type, text, labels, annotations, owners: ownerReferences.length }];
}

const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

const Status = z.object({ status: z.unknown() });
const Rotation = z.object({ metadata: z.object({ name: z.string() }), spec: z.unknown(), status: z.unknown() });
const fleeting = ['lastTransitionTime', 'lastSyncTime', 'time', 'resourceVersion'];
const times = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

function referenceView(raw: unknown, namespace: string): readonly [string, unknown] {
  const { name, finalizers } = referenceOf(raw).metadata;
  const { status = {} } = Status.parse(raw);
  return [name, { finalizers, status: lasting(status, namespace) }];
}

function rotationView(raw: unknown, namespace: string): readonly [string, unknown] {
  const { metadata, spec, status = {} } = Rotation.parse(raw);
  return [metadata.name, lasting({ spec, status }, namespace)];
}

const Job = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ ttlSecondsAfterFinished: z.number().optional() }),
  status: z.object({ succeeded: z.number().optional(), failed: z.number().optional() }),
});

function jobView(raw: unknown): readonly [string, unknown] {
  const { metadata, spec, status } = Job.parse(raw);
  return [metadata.name, { ...spec, ...status }];
}

const Deployment = z.object({
  metadata: z.object({ name: z.string(), generation: z.number() }),
});

/** Each restart is a generation. */
function deploymentView(raw: unknown): readonly [string, unknown] {
  const { name, generation } = Deployment.parse(raw).metadata;
  return [name, { generation }];
}

function lasting(value: unknown, namespace: string): unknown {
  const kept = (key: string, each: unknown) => (fleeting.includes(key) ? undefined : each);
  const text = JSON.stringify(value, kept).replaceAll(namespace, 'NAMESPACE');
  return JSON.parse(text.replaceAll(times, 'TIME').replaceAll(uuid, 'UID'));
}
