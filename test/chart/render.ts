import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { chart, type HelmOptions, helm } from './helm.ts';

/** An object as the chart writes it. */
export const Manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
export type Manifest = z.infer<typeof Manifest>;

export type Values = Readonly<Record<string, unknown>>;

export interface RenderOptions extends HelmOptions {
  readonly release?: string;
  readonly namespace?: string;
  readonly chart?: string;
  /** `--api-versions`: what the cluster would know. */
  readonly knows?: readonly string[];
  readonly kubeVersion?: string;
}

/** `helm template`. Every object must be one: a template that leaves half of one behind fails here. */
export async function render(values: Values = {}, options: RenderOptions = {}): Promise<Rendered> {
  const said = await template(values, options);
  if (!said.ok) throw new Error(said.complaint);
  const documents = parseAllDocuments(said.text, { uniqueKeys: true, version: '1.1' });
  const objects = documents.map(document => {
    if (document.errors.length > 0) throw new Error(`${document.errors[0]?.message} in\n${document.toString()}`);
    return document.toJS();
  });
  return new Rendered(objects.filter(object => object !== null).map(object => Manifest.parse(object)));
}

/** What Helm complains of. */
export async function refusal(values: Values, options: RenderOptions = {}): Promise<string> {
  const said = await template(values, options);
  return said.ok ? 'accepted' : said.complaint;
}

function template(
  values: Values,
  { release = 'shearline', namespace = 'shearline-system', ...options }: RenderOptions,
) {
  const known = (options.knows ?? []).flatMap(version => ['--api-versions', version]);
  const version = options.kubeVersion === undefined ? [] : ['--kube-version', options.kubeVersion];
  const chosen = options.chart ?? chart;
  const args = ['template', release, chosen, '--namespace', namespace, '--values', '-', ...known, ...version];
  return helm(args, { ...options, input: JSON.stringify(values) });
}

export class Rendered {
  readonly objects: readonly Manifest[];

  constructor(objects: readonly Manifest[]) {
    this.objects = objects;
  }

  of(kind: string): readonly Manifest[] {
    return this.objects.filter(object => object.kind === kind);
  }

  /** `Deployment spec.replicas`, `ClusterRole/shearline-view rules.0.verbs`; undefined where there is nothing. */
  at(path: string): unknown {
    const [what = '', rest = ''] = path.split(' ');
    const [kind = '', name] = what.split('/');
    const object = this.of(kind).find(({ metadata }) => name === undefined || metadata.name === name);
    return rest === '' ? object : rest.split('.').reduce(field, object);
  }

  /** `kind/name` of every object, in order. */
  names(): readonly string[] {
    return this.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  }
}

/** A dot in a key is written as `~`. */
const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key.replaceAll('~', '.')) : undefined;
