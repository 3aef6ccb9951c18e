import { spawnSync } from 'node:child_process';
import * as z from 'zod';
import { installParts } from '../servers/install.ts';
import { parts } from '../servers/parts.ts';

const Asked = z.array(
  z.object({
    selectors: z.array(z.object({ metric: z.string(), labels: z.array(z.string()) })),
    groups: z.array(z.string()),
  }),
);
/** What a query asks for: metrics with the labels that they are selected by, and the labels that it groups or joins by. */
export type Asked = z.infer<typeof Asked>[number];

/** By Prometheus' own parser; throws at the first query that is none. */
export async function askedBy(queries: readonly string[]): Promise<readonly Asked[]> {
  const { promqlNames } = await installParts([parts.promtool]);
  const { status, stdout, stderr } = spawnSync(promqlNames, { input: JSON.stringify(queries), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Asked.parse(JSON.parse(stdout));
}

/** A series of a page of metrics. */
export interface Series {
  readonly name: string;
  readonly labels: readonly string[];
  /** As on the page: `name{label="value"}`. */
  readonly text: string;
}

/** All series of a page, each once. */
export const seriesOf = (page: string): readonly Series[] =>
  page.split('\n').flatMap(line => {
    const [, text = '', name = '', labels = ''] = /^((\w+)(?:\{(.*)\})?) \S+$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, text, labels: [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label) }];
  });

/** Every scraped series has these. */
export const ofTheScrape = ['job', 'instance'] as const;

/** Whatever a query asks for that the page does not have. */
export function unknownIn(asked: Asked, page: readonly Series[]): readonly string[] {
  const labelsOf = (metric: string) => page.filter(({ name }) => name === metric).flatMap(({ labels }) => labels);
  const strange = asked.selectors.flatMap(({ metric, labels }) => {
    if (!page.some(({ name }) => name === metric)) return [metric];
    const known = new Set<string>([...labelsOf(metric), ...ofTheScrape]);
    return labels.filter(label => !known.has(label)).map(label => `${metric}{${label}}`);
  });
  const known = new Set<string>([...asked.selectors.flatMap(({ metric }) => labelsOf(metric)), ...ofTheScrape]);
  return [...strange, ...asked.groups.filter(label => !known.has(label))];
}
