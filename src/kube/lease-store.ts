import { type ObjectKey, splitKey } from '../core/object-key.ts';
import { failed, flatMap, ok } from '../core/result.ts';
import { type LeaseClaim, type LeaseRecord, leaseBody, parseLease } from './lease-record.ts';
import type { CallOptions, KubeClient, KubeResult, Resource } from './port.ts';

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
    get: async options => flatMap(await client.get(leases, key, options), read),
    put: async (seen, claim, options) => {
      const body = leaseBody(name, namespace, claim, seen);
      const written = seen
        ? client.replace(leases, key, body, options)
        : client.create(leases, namespace, body, options);
      return flatMap(await written, read);
    },
  };
}

function read(raw: unknown): KubeResult<LeaseRecord> {
  const lease = parseLease(raw);
  return lease === undefined ? failed({ kind: 'unavailable' }) : ok(lease);
}
