import { microTime, parseTime } from '../core/clock.ts';
import { type ObjectKey, splitKey } from '../core/object-key.ts';
import { parseObjectMeta } from '../core/object-meta.ts';
import { failed, flatMap, ok } from '../core/result.ts';
import { fieldOf, textOf } from '../core/untyped.ts';
import type { CallOptions, KubeClient, KubeResult, MetadataObject, Resource } from './api.ts';

/** A coordination.k8s.io Lease, as far as an election needs it. */
export interface LeaseRecord extends MetadataObject {
  /** Absent when it was released, or never taken. */
  readonly holder?: string;
  /** How long the holder may be silent, in milliseconds. */
  readonly durationMs?: number;
  /** Wall milliseconds, by the holder's clock. */
  readonly renewTime?: number;
  readonly acquireTime?: number;
  /** How often it went from one holder to another. */
  readonly transitions: number;
}

export function parseLease(raw: unknown): LeaseRecord | undefined {
  const metadata = parseObjectMeta(fieldOf(raw, 'metadata'));
  if (metadata === undefined) return undefined;
  const spec = fieldOf(raw, 'spec');
  const holder = textOf(fieldOf(spec, 'holderIdentity'));
  const seconds = fieldOf(spec, 'leaseDurationSeconds');
  const transitions = fieldOf(spec, 'leaseTransitions');
  return {
    metadata,
    ...(holder ? { holder } : {}),
    ...(typeof seconds === 'number' ? { durationMs: seconds * 1000 } : {}),
    ...timeField('renewTime', spec),
    ...timeField('acquireTime', spec),
    transitions: typeof transitions === 'number' ? transitions : 0,
  };
}

function timeField(name: 'renewTime' | 'acquireTime', spec: unknown): { readonly [name: string]: number } {
  const time = parseTime(textOf(fieldOf(spec, name)) ?? '');
  return time === undefined ? {} : { [name]: time };
}

/** What is written into the Lease. */
export interface LeaseClaim {
  readonly holder?: string;
  readonly durationMs: number;
  readonly renewTime: number;
  readonly acquireTime: number;
  readonly transitions: number;
}

/** The body of a write. With the record that was seen it replaces exactly that; without one it makes the Lease. */
export function leaseBody(name: string, namespace: string, claim: LeaseClaim, seen?: LeaseRecord): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace,
      ...(seen && { uid: seen.metadata.uid, resourceVersion: seen.metadata.resourceVersion }),
    },
    spec: {
      ...(claim.holder === undefined ? {} : { holderIdentity: claim.holder }),
      leaseDurationSeconds: Math.max(1, Math.ceil(claim.durationMs / 1000)),
      acquireTime: microTime(claim.acquireTime),
      renewTime: microTime(claim.renewTime),
      leaseTransitions: claim.transitions,
    },
  };
}

export const leases: Resource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };

/** Reads and writes the one Lease. A write takes effect only on the Lease that was seen. */
export interface LeaseStore {
  get(options: CallOptions): Promise<KubeResult<LeaseRecord>>;
  /** Without `seen` the Lease is made; one that exists is left alone. */
  put(seen: LeaseRecord | undefined, claim: LeaseClaim, options: CallOptions): Promise<KubeResult<LeaseRecord>>;
}

export function createLeaseStore(client: KubeClient, key: ObjectKey): LeaseStore {
  const { namespace, name } = splitKey(key);
  return {
    get: async options => flatMap(await client.get(leases, key, options), parsed),
    put: async (seen, claim, options) => {
      const body = leaseBody(name, namespace, claim, seen);
      const written = seen
        ? client.replace(leases, key, body, options)
        : client.create(leases, namespace, body, options);
      return flatMap(await written, parsed);
    },
  };
}

function parsed(raw: unknown): KubeResult<LeaseRecord> {
  const lease = parseLease(raw);
  return lease === undefined ? failed({ kind: 'unavailable' }) : ok(lease);
}
