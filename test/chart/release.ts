import * as z from 'zod';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { chart, type HelmOptions, helm, type Major } from './helm.ts';
import type { Values } from './render.ts';

/** A release on a real API server. There is no kubelet: its Deployment is there, and its pods stay Pending. */
export interface Release {
  install(values?: Values, of?: string): Promise<void>;
  /** With these values and no others. */
  upgrade(values?: Values, options?: { readonly of?: string; readonly major?: Major }): Promise<void>;
  rollback(revision: number): Promise<void>;
  uninstall(): Promise<void>;
  /** What Helm says against an installation. */
  refused(values?: Values): Promise<string>;
  notes(): Promise<string>;
  /** What the container is started with, but for where it listens. */
  flags(): Promise<readonly string[]>;
}

export interface ReleaseFacts {
  readonly major?: Major;
  readonly name?: string;
  readonly namespace?: string;
}

/** For worlds of tests: CRDs, ServiceAccount and rights by the chart with these values. Answers the operator's flags. */
export const byChart =
  (values: Values) =>
  async (access: ControlPlaneAccess): Promise<readonly string[]> => {
    const release = releaseOn(access);
    await release.install(values);
    return release.flags();
  };

export function releaseOn(access: ControlPlaneAccess, facts: ReleaseFacts = {}): Release {
  const { major = 'Helm 4', name = 'shearline', namespace = 'shearline-system' } = facts;
  const { adminKubeconfig: kubeconfig, kubectl } = access;
  const run = (args: readonly string[], options: HelmOptions = {}) =>
    helm([...args, '--namespace', namespace], { major, kubeconfig, ...options });
  const must = async (args: readonly string[], options?: HelmOptions): Promise<string> => {
    const said = await run(args, options);
    if (!said.ok) throw new Error(`helm ${args.join(' ')}: ${said.complaint}`);
    return said.text;
  };
  const withValues = (values: Values): HelmOptions => ({ input: JSON.stringify(values) });
  const installing = (of: string) => ['install', name, of, '--create-namespace', '--values', '-'];
  return {
    install: async (values = {}, of = chart) => void (await must(installing(of), withValues(values))),
    upgrade: async (values = {}, { of = chart, major: by = major } = {}) =>
      void (await must(['upgrade', name, of, '--reset-values', '--values', '-'], { ...withValues(values), major: by })),
    rollback: async revision => void (await must(['rollback', name, `${revision}`])),
    uninstall: async () => void (await must(['uninstall', name])),
    refused: async (values = {}) => {
      const said = await run(installing(chart), withValues(values));
      return said.ok ? 'installed' : said.complaint;
    },
    notes: () => must(['get', 'notes', name]),
    flags: async () => {
      const ours = ['--namespace', namespace, '--selector', `app.kubernetes.io/instance=${name}`];
      const found = await kubectl(['get', 'deployments', ...ours, '--output=json']);
      const [deployment] = Deployments.parse(JSON.parse(found)).items;
      const { args } = deployment.spec.template.spec.containers[0];
      return args.slice(1).filter(arg => !/^--(health|metrics)-address=/.test(arg));
    },
  };
}

const Container = z.object({ args: z.array(z.string()) });
const Deployments = z.object({
  items: z.tuple([
    z.object({ spec: z.object({ template: z.object({ spec: z.object({ containers: z.tuple([Container]) }) }) }) }),
  ]),
});
