import type { CallObserver } from '../kube/http.ts';
import type { ProviderObserver } from '../remote/ports.ts';
import type { Reconcile } from '../runtime/reconcile.ts';
import type { Metrics } from './metrics.ts';

/** Makes spans of what is counted anyway: names of objects and sources, outcomes, times. Never remote keys, never values. */
export interface Tracer {
  /** A reconcile as a span; whatever is observed during it becomes its child. */
  reconcile(controller: string, reconcile: Reconcile): Reconcile;
  readonly provider: ProviderObserver;
  readonly apiCall: CallObserver;
  readonly outcome: Metrics['outcome'];
  /** Sends what is left, as far as the collector takes it within a second. */
  end(): Promise<void>;
}

/** Metrics that tell a tracer, too. */
export const alsoTraced = (metrics: Metrics, { provider, apiCall, outcome }: Tracer): Metrics => ({
  ...metrics,
  provider: {
    read: call => {
      metrics.provider.read(call);
      provider.read(call);
    },
    login: call => {
      metrics.provider.login(call);
      provider.login(call);
    },
  },
  apiCall: (...call) => {
    metrics.apiCall(...call);
    apiCall(...call);
  },
  outcome: record => {
    metrics.outcome(record);
    outcome(record);
  },
});
