import type { Logger } from 'pino';
import type { Priority } from '../async/priority.ts';
import type { AuditRecord } from '../controllers/secret-reference/nouns/records.ts';
import type { CheckSource } from '../controllers/secret-source/check.ts';
import type { Clock } from '../core/clock.ts';
import type { EventRecorder, KubeClient } from '../kube/api.ts';
import type { ClusterAccess } from '../remote/ports.ts';
import type { Sandbox } from '../sandbox/task.ts';
import type { Metrics } from '../server/metrics.ts';
import type { Tracer } from '../server/tracer.ts';
import type { Cluster } from './informers.ts';
import type { LoopWatchdog } from './loop-watchdog.ts';
import type { StoreHttpOptions } from './store-http.ts';

/** What lasts as long as the process. */
export interface OperatorDeps extends StoreHttpOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly audit: ((record: AuditRecord) => void) | undefined;
  readonly metrics: Metrics;
  readonly tracer: Tracer | undefined;
  readonly sandbox: Sandbox;
  readonly cluster: Cluster;
  /** Whose calls are of that priority. */
  readonly clientAt: (priority: Priority) => KubeClient;
  readonly access: ClusterAccess;
  readonly checkSource: CheckSource;
  readonly events: EventRecorder;
  readonly watchdog: LoopWatchdog;
}
