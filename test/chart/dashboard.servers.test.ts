import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { pageOfEverything } from '../server/page-of-everything.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';
import { askedBy, ofTheScrape, type Series, seriesOf, unknownIn } from './promql.ts';
import { render } from './render.ts';

const Dashboard = z.object({
  templating: z.object({ list: z.array(z.object({ name: z.string(), query: z.unknown() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      type: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string().default('') })).default([]),
    }),
  ),
});
const file = await readFile('charts/shearline/files/dashboard.json', 'utf8');
const { panels, templating } = Dashboard.parse(JSON.parse(file));
const page = seriesOf(await pageOfEverything());

/** As Grafana asks them: with its variables filled in. */
const queries = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => ({
    panel: title,
    legendFormat,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.+'),
  })),
);

test('each query of each panel is PromQL, and names only metrics and labels that the operator shows', async () => {
  expect(queries.length).toBeGreaterThan(30);
  const asked = await askedBy(queries.map(({ expr }) => expr));
  const strange = asked.flatMap((each, index) => unknownIn(each, page).map(name => [queries[index]?.panel, name]));
  expect(strange).toEqual([]);
  const [job] = templating.list.filter(({ name }) => name === 'job');
  expect(job?.query).toMatchObject({ query: 'label_values(shearline_leader, job)' });
  expect(page.map(({ name }) => name)).toContain('shearline_leader');
});

test('each legend names only labels that the series of its query have', async () => {
  const asked = await askedBy(queries.map(({ expr }) => expr));
  const strange = queries.flatMap(({ panel, legendFormat }, index) => {
    const { groups, selectors } = asked[index] ?? { groups: [], selectors: [] };
    const all = selectors.flatMap(({ metric }) => page.filter(({ name }) => name === metric).flatMap(labelsOf));
    const known = new Set<string>(groups.length > 0 ? groups : all);
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    return named.filter(label => !known.has(label)).map(label => [panel, label]);
  });
  expect(strange).toEqual([]);
});
const labelsOf = ({ labels }: Series) => [...labels, ...ofTheScrape];

test('each panel shows something when something has happened, by what the operator shows of it: promtool', async () => {
  const { promtool } = await installParts([parts.promtool]);
  const directory = await mkdtemp(`${tmpdir()}/shearline-dashboard-`);
  await writeFile(`${directory}/case.yaml`, JSON.stringify({ evaluation_interval: '1m', tests: [scrapedForAnHour] }));
  const run = promisify(execFile)(promtool, ['test', 'rules', `${directory}/case.yaml`]);
  const { stdout } = await run.catch(failed => ({ stdout: `${failed.stdout}${failed.stderr}` }));
  await rm(directory, { recursive: true });
  expect(stdout).toContain('SUCCESS');
});

const scrapedForAnHour = {
  interval: '1m',
  input_series: page.map(({ name, text }) => ({
    series: text.replace(/\}?$/, `${text.includes('{') ? ',' : '{'}job="shearline",instance="a"}`),
    values: /_(total|count|sum|bucket)$/.test(name) ? '0+1x60' : '1x60',
  })),
  promql_expr_test: queries.map(({ expr }) => ({
    expr: `count(${expr}) > bool 0`,
    eval_time: '1h',
    exp_samples: [{ labels: '{}', value: 1 }],
  })),
};

test('has a row for each thing that its readers ask about', () => {
  expect(panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
    'Freshness by owner',
    'Syncs',
    'Stores',
    'Queue',
    'Rotations',
    'Logins',
    'Certificates',
    'Leader and event loop',
    'API server',
    'Memory and CPU',
  ]);
});

test('no panel lies on another or leaves the page, and each has an id of its own', () => {
  const taken = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(taken).size).toBe(taken.length);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

test('the chart gives it to the sidecar of Grafana, letter by letter, when asked to', async () => {
  const rendered = await render({ metrics: { dashboard: { enabled: true } } });
  expect(rendered.at('ConfigMap/shearline-dashboard data.shearline~json')).toBe(file);
  expect(rendered.at('ConfigMap/shearline-dashboard metadata.labels.grafana_dashboard')).toBe('1');
  expect((await render()).of('ConfigMap')).toEqual([]);
});
