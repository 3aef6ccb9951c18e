import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { watchCluster } from './cluster.ts';
import { type Config, egressRules } from './config.ts';
import type { AuditRecord } from './controllers/secret-reference/audit.ts';
import { sourceChecker } from './controllers/secret-source/check.ts';
import { onAbort } from './core/abort.ts';
import { systemClock } from './core/clock.ts';
import { createKubeClient } from './kube/client.ts';
import { createClusterAccess } from './kube/cluster-access.ts';
import { createEventRecorder } from './kube/events.ts';
import type { Login } from './kube/login.ts';
import type { ReflectorTrouble } from './kube/reflector.ts';
import { listenTo } from './kube/stillness.ts';
import { createTransport } from './kube/transport.ts';
import { leadByLease } from './leadership.ts';
import { closedAddress } from './net/egress.ts';
import { framesOf } from './runtime/bug.ts';
import { healthPages } from './server/health.ts';
import { serve } from './server/http.ts';
import { createMetrics } from './server/metrics.ts';
import { type House, prepareTerms } from './term.ts';

export interface OperatorFacts {
  readonly config: Config;
  readonly login: Login;
  readonly log: Logger;
  readonly audit: ((record: AuditRecord) => void) | undefined;
  readonly version: string;
}

/** For tokens and events, which come on top of reconciles. */
const connectionsToSpare = 8;

/** Runs until the signal ends: caches first, then leadership, then work. A standby has warm caches. */
export async function runOperator(
  { config, login, log, audit, version }: OperatorFacts,
  signal: AbortSignal,
): Promise<void> {
  const clock = systemClock;
  const metrics = createMetrics();
  const transport = createTransport(login, {
    userAgent: `shearline/${version}`,
    connections: config.workers + connectionsToSpare,
    onCall: metrics.apiCall,
  });
  const operatorNamespace = config.namespace ?? login.namespace ?? 'shearline-system';
  const identity = `${hostname()}_${randomUUID()}`;
  const report = (resource: string, trouble: ReflectorTrouble, bug?: unknown) => {
    metrics.watchTrouble(resource, trouble);
    if (bug === undefined) log.warn({ resource, trouble }, 'watch interrupted');
    else log.error({ resource, frames: framesOf(bug) }, 'a bug in a handler of changes');
  };
  // The caches outlive the signal: turns that are ending still decide on them.
  const stopped = new AbortController();
  const cluster = watchCluster(transport, { clock, report });
  const { call, stillMs } = listenTo(transport.call, clock);
  const client = createKubeClient(call);
  const house: House = {
    config,
    login,
    clock,
    log,
    audit,
    metrics,
    cluster,
    client,
    access: createClusterAccess({ ...cluster, client, address: login.server, asBearer: transport.asBearer }),
    checkSource: sourceChecker({
      operatorNamespace,
      allowOperatorIdentity: config.allowOperatorIdentity,
      closedAddress: (url, asker) => closedAddress(egressRules(config, asker), url),
    }),
    events: createEventRecorder({
      client: createKubeClient(transport.call),
      clock,
      random: Math.random,
      reportingInstance: identity,
      dropped: metrics.eventDropped,
      stillMs,
      signal: stopped.signal,
    }),
  };
  const lead = prepareTerms(house);
  const health = await serve(config.healthAddress, healthPages(cluster.unsynced));
  const metered = await serve(config.metricsAddress, { '/metrics': metrics.page });
  const caches = cluster.run(stopped.signal);
  log.info({ version, identity, namespace: operatorNamespace }, 'started');
  if (await syncedBefore(signal, cluster.whenSynced())) {
    log.info({ references: cluster.references.size, targets: cluster.targets.size }, 'caches are in sync');
    if (config.leaderElect)
      await leadByLease(
        {
          transport,
          namespace: operatorNamespace,
          leaseName: config.leaseName,
          identity,
          clock,
          report: (trouble, bug) => report('lease', trouble, bug),
          onRefused: fault =>
            log.warn({ lease: `${operatorNamespace}/${config.leaseName}`, ...fault }, 'cannot take the Lease'),
        },
        signal,
        lead,
      );
    else await lead({ signal, release: async () => undefined });
  }
  stopped.abort();
  await caches;
  await Promise.all([health.close(), metered.close(), transport.close()]);
  log.info('stopped');
}

function syncedBefore(signal: AbortSignal, synced: Promise<void>): Promise<boolean> {
  const ended = new Promise<boolean>(resolve => void onAbort(signal, () => resolve(false)));
  return Promise.race([synced.then(() => true), ended]);
}
