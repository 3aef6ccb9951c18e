import { parseObjectMeta } from '../core/object-meta.ts';
import { fieldOf, textOf } from './json.ts';
import { microTime, parseTime } from './micro-time.ts';
import type { MetadataObject } from './port.ts';

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

/** What is to stand in the Lease. */
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
