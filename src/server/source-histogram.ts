import type { Histogram } from 'prom-client';
import type { ProviderCall } from '../remote/ports.ts';

/** How a source is named in series. */
export type SourceLabels = Pick<ProviderCall, 'namespace' | 'source'>;

/** The labels of a call. */
export const callLabels = ['provider', 'namespace', 'source', 'outcome'] as const;
type CallLabels = Readonly<Record<(typeof callLabels)[number], string>>;

/** Calls by source. A series goes with its source: whoever makes sources again and again leaves nothing behind. */
export class SourceHistogram {
  readonly #histogram: Histogram<keyof CallLabels>;
  readonly #bySource = new Map<string, Map<string, CallLabels>>();

  constructor(histogram: Histogram<keyof CallLabels>) {
    this.#histogram = histogram;
  }

  observe({ provider, namespace, source, outcome, tookMs }: ProviderCall): void {
    const labels: CallLabels = { provider, namespace, source, outcome };
    this.#histogram.observe(labels, tookMs / 1000);
    const series = this.#bySource.get(idOf(labels)) ?? new Map<string, CallLabels>();
    this.#bySource.set(idOf(labels), series.set(`${provider} ${outcome}`, labels));
  }

  keepOnly(sources: readonly SourceLabels[]): void {
    const there = new Set(sources.map(idOf));
    for (const [id, series] of this.#bySource) {
      if (there.has(id)) continue;
      for (const labels of series.values()) this.#histogram.remove(labels);
      this.#bySource.delete(id);
    }
  }
}

const idOf = ({ namespace, source }: SourceLabels): string => `${namespace}/${source}`;
