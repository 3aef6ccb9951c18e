import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SecretReference } from '../api/secret-reference/secret-reference.ts';
import { type RunResult, runResults, type SecretRotation, stageNames } from '../api/secret-rotation/secret-rotation.ts';
import { type Priority, priorities } from '../async/priority.ts';
import { findCondition } from '../controllers/conditions.ts';
import type { OutcomeRecord } from '../controllers/secret-reference/nouns/records.ts';
import type { CallObserver } from '../kube/http.ts';
import type { ProviderObserver } from '../remote/ports.ts';
import type { ReconcileObserver } from '../runtime/controller.ts';
import type { Page } from './http.ts';
import { type ReferenceView, referenceSeries } from './reference-series.ts';
import { callLabels, SourceHistogram, type SourceLabels } from './source-histogram.ts';

/** Everything that is counted. Labels are names of kinds, sources and reasons: never remote keys, never values. */
export interface Metrics {
  readonly page: () => Promise<Page>;
  readonly provider: ProviderObserver;
  /** Bytes of the bodies of one exchange with a store. */
  traffic(provider: string, sent: number, received: number): void;
  reconciles(controller: string): ReconcileObserver;
  outcome(record: OutcomeRecord): void;
  runEnded(result: RunResult): void;
  panicked(controller: string): void;
  /** A reconcile held the event loop. */
  loopHeld(controller: string): void;
  /** One call to the API server; `code` is its status, or `lost`. */
  readonly apiCall: CallObserver;
  watchError(resource: string, error: string): void;
  eventDropped(): void;
  /** What gauges look at when they are asked. */
  observe(view: MetricsView): void;
}

export interface MetricsView extends ReferenceView {
  /** Labels of all sources that there are. */
  sources(): readonly SourceLabels[];
  /** The records of runs; undefined: the operator makes none. */
  readonly rotations: { values(): Iterable<SecretRotation> } | undefined;
  queued(priority: Priority): number;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(registry = new Registry()): Metrics {
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `shearline_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({
      name: `shearline_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: seconds,
      registers: [registry],
    });

  const waits = histogram('queue_wait_seconds', 'Time from ready to reconcile.', ['controller', 'priority']);
  const durations = histogram('reconcile_duration_seconds', 'Time of one reconcile.', [
    'controller',
    'priority',
    'outcome',
  ]);
  const outcomes = counter('syncs_total', 'Reconciles of references that did more than look.', [
    'because',
    'result',
    'reason',
  ]);
  const runs = counter('rotation_runs_total', 'Runs of spec.rotation that have ended.', ['result']);
  // Runs are rare: one that is the first of its kind would be no increase of anything.
  for (const result of runResults) runs.inc({ result }, 0);
  const reads = new SourceHistogram(histogram('provider_read_seconds', 'Reads from stores.', callLabels));
  const logins = new SourceHistogram(histogram('provider_login_seconds', 'Logins to stores.', callLabels));
  const bytes = counter('provider_body_bytes_total', 'Bytes of bodies to and from stores.', ['provider', 'direction']);
  const panics = counter('panics_total', 'Things thrown that nobody expected.', ['controller']);
  const holds = counter('loop_holds_total', 'Reconciles that held the event loop for more than a second.', [
    'controller',
  ]);
  const apiCalls = histogram('api_request_seconds', 'Requests to the API server, watches apart.', ['method', 'code']);
  const watchErrors = counter('watch_errors_total', 'Interruptions of lists and watches.', ['resource', 'error']);
  const dropped = counter('events_dropped_total', 'Events that went over a bound.', []);

  let watched: MetricsView | undefined;
  return {
    page: async () => {
      if (watched) for (const each of [reads, logins]) each.keepOnly(watched.sources());
      const body = `${await registry.metrics()}${watched ? referenceSeries(watched) : ''}`;
      return { status: 200, type: registry.contentType, body };
    },
    provider: {
      read: call => reads.observe(call),
      login: call => logins.observe(call),
    },
    traffic: (provider, sent, received) => {
      bytes.inc({ provider, direction: 'sent' }, sent);
      bytes.inc({ provider, direction: 'received' }, received);
    },
    reconciles: controller => ({
      started: (priority, waitedMs) => waits.observe({ controller, priority }, waitedMs / 1000),
      ended: (priority, tookMs, outcome) => durations.observe({ controller, priority, outcome }, tookMs / 1000),
    }),
    outcome: ({ because, result, reason }) => outcomes.inc({ because, result, reason }),
    runEnded: result => runs.inc({ result }),
    panicked: controller => panics.inc({ controller }),
    loopHeld: controller => holds.inc({ controller }),
    apiCall: ({ method }, code, tookMs) => apiCalls.observe({ method, code }, tookMs / 1000),
    watchError: (resource, error) => watchErrors.inc({ resource, error }),
    eventDropped: () => dropped.inc(),
    observe: view => {
      watched = view;
      registerGauges(registry, view);
    },
  };
}

/** Filled when they are asked for, from the caches: a series goes with its object, and nothing is kept beside them. */
function registerGauges(registry: Registry, view: MetricsView): void {
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    fill: (gauge: Gauge<L>) => void,
  ) =>
    new Gauge({
      name: `shearline_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        fill(this);
      },
    });
  gauge('leader', '1 while this process leads.', [], leader => leader.set(view.leads() ? 1 : 0));
  gauge('queue_depth', 'References that wait for a reconcile.', ['priority'], depth => {
    for (const priority of priorities) depth.set({ priority }, view.queued(priority));
  });
  const waiting =
    'Runs of spec.rotation that have not ended, by where they wait. No series: the operator makes no runs.';
  gauge('rotation_runs_waiting', waiting, ['stage'], count => {
    if (view.rotations === undefined) return;
    for (const stage of stageNames) count.set({ stage }, 0);
    for (const { status } of view.rotations.values())
      if (status?.stage !== undefined && status.result === undefined) count.inc({ stage: status.stage });
  });
  gauge('references', 'References by their conditions.', ['ready', 'synced', 'reason'], count => {
    const groups = Map.groupBy(view.references.values(), reference => Object.values(stateOf(reference)).join(' '));
    for (const group of groups.values()) {
      const [first] = group;
      if (first) count.set(stateOf(first), group.length);
    }
  });
}

function stateOf({ status }: SecretReference) {
  const ready = findCondition(status?.conditions, 'Ready');
  const synced = findCondition(status?.conditions, 'Synced');
  return { ready: ready?.status ?? 'Unknown', synced: synced?.status ?? 'Unknown', reason: synced?.reason ?? '' };
}
