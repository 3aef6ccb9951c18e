import { Counter, Histogram, Registry } from 'prom-client';
import { createMetrics, type MetricsView } from './metrics.ts';
import { referenceFamilies } from './reference-series.ts';

/** One family, as docs/metrics.md shows it. */
export interface MetricDoc {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every family of ours, for the docs. */
export function metricDocs(): readonly MetricDoc[] {
  const registry = new Registry();
  createMetrics(registry).observe(nothing);
  const ours = registry.getMetricsAsArray().filter(({ name }) => name.startsWith('shearline_'));
  const described = ours.map(metric => ({
    name: metric.name,
    type: typeOf(metric),
    help: metric.help,
    labels: labelsOf(metric),
  }));
  const ofReferences = referenceFamilies.map(({ series: _, ...family }) => ({ ...family, type: 'gauge' as const }));
  return [...described, ...ofReferences].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const typeOf = (metric: unknown): MetricDoc['type'] =>
  metric instanceof Counter ? 'counter' : metric instanceof Histogram ? 'histogram' : 'gauge';

/** What prom-client keeps, but does not declare. */
const labelsOf = (metric: object): readonly string[] =>
  'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];

const nothing: MetricsView = {
  references: new Map<string, never>(),
  targets: new Map<string, never>(),
  rotations: undefined,
  sources: () => [],
  leads: () => false,
  queued: () => 0,
  checkedAt: () => undefined,
};
