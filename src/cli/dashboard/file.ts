import { apiServer, health, queue, resources } from './process.ts';
import { ends, freshness, rotations, syncs } from './references.ts';
import { logins, stores } from './stores.ts';
import type { Panel, Row } from './words.ts';

/** From top to bottom: what users ask first comes first. */
const dashboardRows = [freshness, syncs, stores, queue, rotations, logins, ends, health, apiServer, resources];

/** charts/shearline/files/dashboard.json: as Grafana imports it, by hand or by its sidecar. */
export const dashboardFile = (): string => `${JSON.stringify(dashboard(), undefined, 2)}\n`;

const dashboard = () => ({
  uid: 'shearline',
  title: 'Shearline',
  description: 'Secrets that are kept in step with the stores where they live: how fresh, how fast, and what fails.',
  tags: ['shearline'],
  schemaVersion: 39,
  editable: true,
  graphTooltip: 1,
  refresh: '1m',
  time: { from: 'now-6h', to: 'now' },
  templating: { list: [dataSourceVariable, jobVariable] },
  panels: placed(dashboardRows),
});

const dataSource = { type: 'prometheus', uid: '$datasource' };
const dataSourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };
/** Tells installations apart. Metrics of Node have the same names in every program: by this only ours are shown. */
const jobVariable = {
  name: 'job',
  label: 'Job',
  type: 'query',
  datasource: dataSource,
  query: { query: 'label_values(shearline_leader, job)', refId: 'job' },
  refresh: 2,
  multi: true,
  includeAll: true,
  current: { text: ['All'], value: ['$__all'] },
};

/** Grafana's page is 24 columns wide: a heading, then lines of panels. */
const pageWidth = 24;
const panelHeight = 8;
const widths = { graph: 8, number: 4, table: 8 } as const satisfies Record<Panel['shows'], number>;

function placed(rows: readonly Row[]): readonly object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: own } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: pageWidth, h: 1 },
      panels: [],
    });
    let x = 0;
    for (const panel of own) {
      const w = widths[panel.shows];
      if (x + w > pageWidth) [x, y] = [0, y + panelHeight];
      panels.push({ id: panels.length + 1, ...drawn(panel), gridPos: { x, y, w, h: panelHeight } });
      x += w;
    }
    y += panelHeight;
  }
  return panels;
}

const types = { graph: 'timeseries', number: 'stat', table: 'table' } as const;

function drawn({ title, description, shows, unit, queries }: Panel): object {
  const now = shows === 'graph' ? {} : { instant: true, range: false };
  const format = shows === 'table' ? { format: 'table' } : {};
  return {
    type: types[shows],
    title,
    description,
    datasource: dataSource,
    fieldConfig: { defaults: { unit, min: 0, noValue: shows === 'number' ? '0' : '-' }, overrides: [] },
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: dataSource,
      expr,
      ...(legendFormat === '' ? {} : { legendFormat }),
      ...now,
      ...format,
    })),
    ...(shows === 'table' ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] } : {}),
  };
}
