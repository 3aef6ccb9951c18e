import type { Clock } from '../core/clock.ts';
import { objectKey } from '../core/object-key.ts';
import type { KubeClient, KubeFault } from '../kube/api.ts';
import { createKubeClient, type ForbiddenCall, withForbiddenReports } from '../kube/client.ts';
import type { ApiConnections } from '../kube/connections.ts';
import { defaultLeaseTiming } from '../kube/held-lease.ts';
import { informerOf } from '../kube/http-source.ts';
import type { InformerError } from '../kube/informer.ts';
import { acquireLease } from '../kube/leader-election.ts';
import { createLeaseStore, leases, parseLease } from '../kube/lease.ts';

/** What a leader knows of its term. */
export interface LeaderRun {
  /** Ends when leadership is lost or the process is asked to end. */
  readonly signal: AbortSignal;
  /** Wall milliseconds until which somebody led before; absent when it is not known. */
  readonly ledUntil?: number;
  /** Lets the next one lead; called when all writes have ended. */
  release(): Promise<void>;
}

export interface LeadershipOptions {
  readonly transport: Pick<ApiConnections, 'dedicated'>;
  readonly namespace: string;
  readonly leaseName: string;
  readonly identity: string;
  readonly clock: Clock;
  readonly report: (trouble: InformerError, bug?: unknown) => void;
  /** The Lease is free and could not be taken. */
  readonly onRefused: (fault: KubeFault) => void;
  /** RBAC lacks a rule for it. */
  readonly onForbidden: (call: ForbiddenCall) => void;
}

const releaseMs = 2000;

/** Leads again and again: a term that was lost is followed by standing by, never by the end of the process. */
export async function runWithLease(
  { transport, namespace, leaseName, identity, clock, report, onRefused, onForbidden }: LeadershipOptions,
  signal: AbortSignal,
  lead: (term: LeaderRun) => Promise<void>,
): Promise<void> {
  const key = objectKey(namespace, leaseName);
  const channel = transport.dedicated();
  const client: KubeClient = withForbiddenReports(createKubeClient(channel.call), onForbidden);
  const store = createLeaseStore(client, key);
  // One for all the times that this process stands by: a channel lasts as long as the transport.
  const watching = transport.dedicated();
  while (!signal.aborted) {
    const selection = { resource: leases, namespace, fieldSelector: `metadata.name=${leaseName}` };
    const lease = informerOf(watching, selection, parseLease, { clock, random: Math.random, report });
    const options = { store, identity, clock, random: Math.random, timing: defaultLeaseTiming, key, lease, onRefused };
    const term = await acquireLease(options, signal);
    if (term === undefined) return;
    await lead({
      signal: AbortSignal.any([signal, term.signal]),
      ...(term.ledUntil === undefined ? {} : { ledUntil: term.ledUntil }),
      release: () => term.release(AbortSignal.timeout(releaseMs)),
    });
  }
}
