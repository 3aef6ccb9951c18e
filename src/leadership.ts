import type { Clock } from './core/clock.ts';
import { objectKey } from './core/object-key.ts';
import { createKubeClient } from './kube/client.ts';
import { type ForbiddenCall, tellingForbidden } from './kube/forbidden.ts';
import { campaign } from './kube/lease.ts';
import { parseLease } from './kube/lease-record.ts';
import { createLeaseStore, leases } from './kube/lease-store.ts';
import { leaseTiming } from './kube/lease-term.ts';
import type { KubeClient, KubeFault } from './kube/port.ts';
import { reflect } from './kube/reflect.ts';
import type { ReflectorTrouble } from './kube/reflector.ts';
import type { Transport } from './kube/transport.ts';

/** What a leader knows of its term. */
export interface Lead {
  /** Ends when leadership is lost or the process is asked to end. */
  readonly signal: AbortSignal;
  /** Wall milliseconds until which somebody led before; absent when nobody can tell. */
  readonly ledUntil?: number;
  /** Lets the next one lead; called when all writes have ended. */
  release(): Promise<void>;
}

export interface LeadershipOptions {
  readonly transport: Pick<Transport, 'channel'>;
  readonly namespace: string;
  readonly leaseName: string;
  readonly identity: string;
  readonly clock: Clock;
  readonly report: (trouble: ReflectorTrouble, bug?: unknown) => void;
  /** The Lease is free and could not be taken. */
  readonly onRefused: (fault: KubeFault) => void;
  /** RBAC lacks a rule for it. */
  readonly onForbidden: (call: ForbiddenCall) => void;
}

const releaseMs = 2000;

/** Leads again and again: a term that was lost is followed by standing by, never by the end of the process. */
export async function leadByLease(
  { transport, namespace, leaseName, identity, clock, report, onRefused, onForbidden }: LeadershipOptions,
  signal: AbortSignal,
  lead: (term: Lead) => Promise<void>,
): Promise<void> {
  const key = objectKey(namespace, leaseName);
  const channel = transport.channel();
  const client: KubeClient = tellingForbidden(createKubeClient(channel.call), onForbidden);
  const store = createLeaseStore(client, key);
  // One for all the times that this process stands by: a channel lasts as long as the transport.
  const watching = transport.channel();
  while (!signal.aborted) {
    const selection = { resource: leases, namespace, fieldSelector: `metadata.name=${leaseName}` };
    const lease = reflect(watching, selection, parseLease, { clock, random: Math.random, report });
    const options = { store, identity, clock, random: Math.random, timing: leaseTiming, key, lease, onRefused };
    const term = await campaign(options, signal);
    if (term === undefined) return;
    await lead({
      signal: AbortSignal.any([signal, term.signal]),
      ...(term.ledUntil === undefined ? {} : { ledUntil: term.ledUntil }),
      release: () => term.release(AbortSignal.timeout(releaseMs)),
    });
  }
}
