import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { installManifest, releaseOfInstallManifest } from '../../src/cli/generated/install.ts';
import { chart, crdChart, helm, majors } from './helm.ts';
import { type Manifest, render, type Values } from './render.ts';

/** Everything at once that can be on at once. */
const everything: Values = {
  commonLabels: { team: 'platform' },
  networkPolicy: { enabled: true },
  metrics: {
    serviceMonitor: { enabled: true, onMissingCrd: 'always' },
    podMonitor: { enabled: true, onMissingCrd: 'always' },
    dashboard: { enabled: true },
  },
  caBundle: { configMap: 'ca' },
};

const longest = 'a-release-whose-name-is-as-long-as-helm-lets-it-be-53';

test('deploy/install.yaml is the chart with its default values', async () => {
  const said = await helm(['template', ...releaseOfInstallManifest]);
  expect(await readFile('deploy/install.yaml', 'utf8')).toBe(said.ok ? installManifest(said.text) : said.complaint);
});

describe.each(majors)('%s', major => {
  test.each([chart, crdChart])('finds nothing to say against %s', async path => {
    const said = await helm(['lint', '--strict', path], { major });
    expect(said.ok ? '' : said.complaint).toBe('');
  });

  test('renders the same bytes twice, and the same objects as the other', async () => {
    const [first, second, other] = await Promise.all([
      render(everything, { major }),
      render(everything, { major }),
      render(everything),
    ]);
    expect(JSON.stringify(second.objects)).toBe(JSON.stringify(first.objects));
    expect(first.objects).toEqual(other.objects);
  });
});

describe('every object', () => {
  test('has the labels of the standard, and commonLabels', async () => {
    for (const { kind, metadata } of (await render(everything)).objects)
      expect([kind, metadata.labels]).toEqual([
        kind,
        expect.objectContaining({
          'app.kubernetes.io/name': 'shearline',
          'app.kubernetes.io/instance': 'shearline',
          'app.kubernetes.io/managed-by': 'Helm',
          'app.kubernetes.io/version': '0.1.0',
          'helm.sh/chart': 'shearline-0.1.0',
          team: 'platform',
        }),
      ]);
  });

  test('carries namespaceOverride, and so do the subjects of bindings', async () => {
    const { objects } = await render({ ...everything, namespaceOverride: 'elsewhere' });
    const policies = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
    const clusterWide = ['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding', ...policies];
    for (const { kind, metadata, subjects } of objects) {
      expect([kind, metadata.namespace]).toEqual([kind, clusterWide.includes(kind) ? undefined : 'elsewhere']);
      for (const subject of Subjects.parse(subjects)) expect(subject.namespace).toBe('elsewhere');
    }
  });

  test('has a name that Kubernetes takes, for a release of 53 characters too', async () => {
    expect(longest).toHaveLength(53);
    const { objects } = await render(everything, { release: longest });
    for (const { kind, metadata } of objects.filter(({ kind }) => kind !== 'CustomResourceDefinition')) {
      expect(`${kind} ${metadata.name}`).toMatch(/ [a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(metadata.name.length).toBeLessThanOrEqual(63);
      for (const value of Object.values(metadata.labels)) expect(value.length).toBeLessThanOrEqual(63);
    }
  });

  test('has a name of its own: two long releases share none, nor a Lease', async () => {
    const of = async (release: string) => {
      const rendered = await render({ ...everything, crds: { enabled: false } }, { release });
      return [...rendered.names(), `Lease/${JSON.stringify(rendered.at('Role rules.1.resourceNames'))}`];
    };
    const [one, two] = [await of(`${longest.slice(0, -1)}a`), await of(`${longest.slice(0, -1)}b`)];
    expect(one.filter(name => two.includes(name))).toEqual([]);
  });
});

test('selectors find the pods, and nothing that changes in the life of a release', async () => {
  const rendered = await render(everything);
  const labels = z.record(z.string(), z.string()).parse(rendered.at('Deployment spec.template.metadata.labels'));
  const selector = rendered.at('Deployment spec.selector.matchLabels');
  expect(labels).toMatchObject(z.record(z.string(), z.string()).parse(selector));
  expect(Object.keys(z.looseObject({}).parse(selector))).toHaveLength(3);
  for (const path of [
    'PodDisruptionBudget spec.selector.matchLabels',
    'NetworkPolicy spec.podSelector.matchLabels',
    'Service spec.selector',
  ])
    expect([path, rendered.at(path)]).toEqual([path, selector]);
});

test('no rule has a wildcard', async () => {
  const rules = (await render(everything)).objects.flatMap(({ rules }) => Rules.parse(rules));
  expect(rules.length).toBeGreaterThan(10);
  expect(JSON.stringify(rules)).not.toContain('*');
});

describe('as a dependency of another chart', () => {
  let parent = '';
  beforeAll(async () => {
    parent = await mkdtemp(`${tmpdir()}/shearline-parent-`);
    await mkdir(`${parent}/charts`);
    await cp(chart, `${parent}/charts/shearline`, { recursive: true });
    const dependencies = [{ name: 'shearline', version: '0.1.0', condition: 'shearline.enabled' }];
    await writeFile(
      `${parent}/Chart.yaml`,
      JSON.stringify({ apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies }),
    );
    await writeFile(`${parent}/values.yaml`, JSON.stringify({ global: { imageRegistry: 'mirror', other: { a: 1 } } }));
  });
  afterAll(() => rm(parent, { recursive: true }));

  test.each(majors)('takes global and its condition: %s', async major => {
    const on = await render({ shearline: { enabled: true } }, { chart: parent, release: 'stack', major });
    expect(on.at('Deployment spec.template.spec.containers.0.image')).toBe('mirror/shearline:0.1.0');
    expect(on.at('Deployment metadata.name')).toBe('stack-shearline');
    const off = await render({ shearline: { enabled: false } }, { chart: parent, release: 'stack', major });
    expect(off.objects).toEqual([]);
  });
});

test('the chart of CRDs brings the same as the chart', async () => {
  const [apart, together] = await Promise.all([render({ labels: { a: 1 } }, { chart: crdChart }), render()]);
  const spec = ({ metadata, spec }: Manifest) => [metadata.name, spec];
  expect(apart.objects.map(spec)).toEqual(together.of('CustomResourceDefinition').map(spec));
  expect(apart.at('CustomResourceDefinition metadata.annotations')).toEqual({ 'helm.sh/resource-policy': 'keep' });
  expect(apart.at('CustomResourceDefinition metadata.labels.a')).toBe('1');
  const loose = await render({ keep: false }, { chart: crdChart });
  expect(loose.at('CustomResourceDefinition metadata.annotations')).toEqual({});
});

const Subjects = z.array(z.object({ namespace: z.string() })).default([]);
const Rules = z.array(z.unknown()).default([]);
