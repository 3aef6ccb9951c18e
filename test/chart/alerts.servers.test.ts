import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { pageOfEverything } from '../server/page-of-everything.ts';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';
import { askedBy, seriesOf, unknownIn } from './promql.ts';
import { render } from './render.ts';

const run = promisify(execFile);
const always = { metrics: { prometheusRule: { enabled: true, onMissingCrd: 'always' } } };

const Groups = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});
const rulesIn = (raw: unknown) => Groups.parse(raw).groups.flatMap(({ rules }) => rules);
const alerts = rulesIn(parse(await readFile('charts/shearline/files/alerts.yaml', 'utf8')));

test('each alert fires on its trouble and is silent without: promtool', async () => {
  const { promtool } = await installParts([parts.promtool]);
  const cases = await readFile('test/chart/alerts.yaml', 'utf8');
  expect(alerts.filter(({ alert }) => !cases.includes(`alertname: ${alert}`))).toEqual([]);
  const { stdout } = await run(promtool, ['test', 'rules', 'test/chart/alerts.yaml']);
  expect(stdout).toContain('SUCCESS');
});

test('each alert names only metrics and labels that the operator shows', async () => {
  const page = seriesOf(await pageOfEverything());
  const asked = await askedBy(alerts.map(({ expr }) => expr));
  expect(asked.flatMap(each => unknownIn(each, page))).toEqual([]);
});

test('each alert has a section in docs/alerts.md, to which its runbook leads', async () => {
  const page = await readFile('docs/alerts.md', 'utf8');
  expect(alerts.filter(({ alert }) => !page.includes(`\n## ${alert}\n`))).toEqual([]);
  const rule = (await render(always)).at('PrometheusRule spec');
  for (const { alert, annotations } of rulesIn(rule))
    expect(annotations.runbook_url).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
});

test('the chart renders the same alerts, without those that are switched off, with labels of yours', async () => {
  const values = {
    metrics: {
      prometheusRule: { ...always.metrics.prometheusRule, disabled: ['ShearlineBug'], alertLabels: { team: 'data' } },
    },
  };
  const rendered = rulesIn((await render(values)).at('PrometheusRule spec'));
  expect(rendered.map(({ alert }) => alert)).toEqual(
    alerts.map(({ alert }) => alert).filter(name => name !== 'ShearlineBug'),
  );
  for (const { alert, expr, labels } of rendered) {
    const { expr: wanted, labels: own } = alerts.find(each => each.alert === alert) ?? {};
    expect([expr, labels]).toEqual([wanted, { ...own, team: 'data' }]);
  }
  expect((await render()).of('PrometheusRule')).toEqual([]);
});
