import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { onAbort } from '../async/deadline.ts';
import { type Config, egressRules } from '../config.ts';
import type { AuditRecord } from '../controllers/secret-reference/nouns/records.ts';
import { sourceChecker } from '../controllers/secret-source/check.ts';
import { systemClock } from '../core/clock.ts';
import type { KubeClient } from '../kube/api.ts';
import { createKubeClient, withForbiddenReports } from '../kube/client.ts';
import { createClusterAccess } from '../kube/cluster-access.ts';
import { createConnections } from '../kube/connections.ts';
import type { RestConfig } from '../kube/credentials.ts';
import { createEventRecorder, trackIdle } from '../kube/events.ts';
import { prioritized, type RoundTrip } from '../kube/http.ts';
import { leases } from '../kube/lease.ts';
import { reviewBearer } from '../kube/token-reviews.ts';
import { BodyBudget } from '../net/body-budget.ts';
import { closedAddress } from '../net/egress.ts';
import { createResolver } from '../net/resolver.ts';
import type { Sandbox } from '../sandbox/task.ts';
import { forBearers } from '../server/bearer.ts';
import { healthPages } from '../server/health.ts';
import { type MakePage, serve } from '../server/http.ts';
import { createMetrics, type Metrics } from '../server/metrics.ts';
import { alsoTraced, type Tracer } from '../server/tracer.ts';
import { prepareLeaderRuns } from './controllers.ts';
import { awaitCrds, type CrdPorts } from './crds.ts';
import { createErrorLog } from './error-log.ts';
import { type Scope, watchCluster } from './informers.ts';
import { runWithLease } from './leadership.ts';
import { LoopWatchdog } from './loop-watchdog.ts';
import type { OperatorDeps } from './operator-deps.ts';

export interface OperatorOptions {
  readonly config: Config;
  readonly restConfig: RestConfig;
  readonly log: Logger;
  readonly audit: ((record: AuditRecord) => void) | undefined;
  readonly tracer: Tracer | undefined;
  readonly sandbox: Sandbox;
  readonly version: string;
}

/** Runs until the signal ends: caches first, then leadership, then work. A standby has warm caches. */
export async function runOperator(
  { config, restConfig, log, audit, tracer, sandbox, version }: OperatorOptions,
  signal: AbortSignal,
): Promise<void> {
  const clock = systemClock;
  const metrics = tracer ? alsoTraced(createMetrics(), tracer) : createMetrics();
  const transport = createConnections(restConfig, {
    userAgent: `shearline/${version}`,
    connections: config.workers,
    onCall: metrics.apiCall,
  });
  const operatorNamespace = config.namespace ?? restConfig.namespace ?? 'shearline-system';
  const identity = `${hostname()}_${randomUUID()}`;
  const troubles = createErrorLog(log, metrics, clock);
  // The caches outlive the signal: reconciles that are ending still decide on them.
  const stopped = new AbortController();
  const cluster = watchCluster(transport, scopeOf(config, operatorNamespace), { clock, report: troubles.watch });
  const { call, idleMs } = trackIdle(transport.call, clock);
  const clientOf = (call: RoundTrip) => withForbiddenReports(createKubeClient(call), troubles.forbidden);
  const client = clientOf(call);
  const deps: OperatorDeps = {
    config,
    restConfig,
    clock,
    log,
    audit,
    tracer,
    sandbox,
    metrics,
    names: createResolver({ clock, signal: stopped.signal }),
    bodies: new BodyBudget(),
    cluster,
    clientAt: priority => clientOf(prioritized(call, priority)),
    access: createClusterAccess({ ...cluster, client, address: restConfig.server, asBearer: transport.asBearer }),
    checkSource: sourceChecker({
      operatorNamespace,
      allowOperatorIdentity: config.allowOperatorIdentity,
      allowInsecure: asker => egressRules(config, asker).allowInsecure,
      closedAddress: (url, asker) => closedAddress(egressRules(config, asker), url),
    }),
    events: createEventRecorder({
      client: clientOf(prioritized(transport.call, 'low')),
      clock,
      random: Math.random,
      reportingInstance: identity,
      dropped: metrics.eventDropped,
      idleMs,
      signal: stopped.signal,
    }),
    watchdog: new LoopWatchdog(clock, troubles.held, stopped.signal),
  };
  const lead = prepareLeaderRuns(deps);
  let crdsFit = false;
  const waitedFor = () => (crdsFit ? cluster.unsynced().map(name => `the first list of ${name}`) : [crdsOfThisVersion]);
  const health = await serve(config.healthAddress, healthPages(waitedFor));
  const metered = await serve(config.metricsAddress, { '/metrics': metricsPage(config, metrics, client, signal) });
  log.info({ version, identity, namespace: operatorNamespace }, 'started');
  crdsFit = await awaitCrds({ call: transport.call, random: Math.random, found: crdReporter(log) }, signal);
  const caches = cluster.run(stopped.signal);
  if (await syncedBefore(signal, cluster.whenSynced())) {
    log.info({ references: cluster.references.size, targets: cluster.targets.size }, 'caches are in sync');
    if (config.leaderElect)
      await runWithLease(
        {
          transport,
          namespace: operatorNamespace,
          leaseName: config.leaseName,
          identity,
          clock,
          report: (trouble, bug) =>
            troubles.watch({ resource: 'lease', of: leases, namespace: operatorNamespace }, trouble, bug),
          onForbidden: troubles.forbidden,
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

const crdsOfThisVersion = 'CustomResourceDefinitions of this version';

const scopeOf = ({ namespaces, clusterSources, rotation, driftDetection }: Config, home: string): Scope => ({
  namespaces,
  clusterSources,
  home,
  watchSecrets: driftDetection === 'watch',
  rotations: rotation,
});

const crdReporter =
  (log: Logger): CrdPorts['found'] =>
  found => {
    if (found === 'no-answer') log.warn('the API server does not answer; it is asked again');
    else if (found) log.warn(found, `the cluster lacks ${crdsOfThisVersion}: apply them; it goes on by itself`);
    else log.info(`the cluster has the ${crdsOfThisVersion} now`);
  };

function metricsPage({ metricsAuth }: Config, metrics: Metrics, client: KubeClient, signal: AbortSignal): MakePage {
  if (!metricsAuth) return metrics.page;
  return forBearers(metrics.page, token => reviewBearer(client, token, '/metrics', signal), systemClock);
}

function syncedBefore(signal: AbortSignal, synced: Promise<void>): Promise<boolean> {
  const ended = new Promise<boolean>(resolve => void onAbort(signal, () => resolve(false)));
  return Promise.race([synced.then(() => true), ended]);
}
