/** One graph, number or table. Queries are PromQL, each with the legend of its series. */
export interface Panel {
  readonly title: string;
  readonly shows: 'graph' | 'number' | 'table';
  /** As Grafana names it. */
  readonly unit: 's' | 'ops' | 'reqps' | 'short' | 'bytes' | 'Bps' | 'percentunit';
  readonly queries: Readonly<Record<string, string>>;
  readonly description: string;
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A family of ours, of the installation that is chosen above. */
export const of = (name: string, labels = ''): string => only(`shearline_${name}`, labels);
/** One of every Node program, of the installation that is chosen above. */
export const only = (name: string, labels = ''): string => `${name}{job=~"$job"${labels === '' ? '' : `, ${labels}`}}`;

/** Calls a second. */
export const rate = (by: string, name: string, labels?: string): string =>
  `sum by (${by}) (rate(${of(name, labels)}[$__rate_interval]))`;
/** Of a histogram, in seconds. */
export const quantile = (share: number, by: string, name: string, labels?: string): string =>
  `histogram_quantile(${share}, ${rate(`le, ${by}`, `${name}_bucket`, labels)})`;
/** Both replicas export these gauges: count each object once. */
export const once = (name: string, ...labels: readonly string[]): string =>
  `max by (${labels.join(', ')}) (${of(name)})`;

/** Over time. */
export const graph = (title: string, unit: Panel['unit'], queries: Panel['queries'], description: string): Panel => ({
  ...{ title, unit, queries, description },
  shows: 'graph',
});
/** Now. */
export const number = (title: string, unit: Panel['unit'], query: string, description: string): Panel => ({
  ...{ title, unit, description },
  queries: { '': query },
  shows: 'number',
});
/** Now, a row for each series. */
export const table = (title: string, unit: Panel['unit'], query: string, description: string): Panel => ({
  ...number(title, unit, query, description),
  shows: 'table',
});
