import * as z from 'zod';
import { type Flag, flags } from '../flags.ts';
import { objectName, section, set, text, unset } from './fields.ts';

/** Flags that have a value of another name, or that a pod has no use for. */
const elsewhere = new Set<string>([
  'kubeconfig',
  'namespace',
  'namespaces',
  'cluster-sources',
  'cluster-references',
  'rotation',
  'drift-detection',
  'health-address',
  'metrics-address',
  'metrics-auth',
  'leader-elect',
  'lease-name',
  // Their values may hold a password, which an argument would show.
  'https-proxy',
  'no-proxy',
]);

const configured = Object.entries<Flag>(flags).filter(([name]) => !elsewhere.has(name));

/** Each flag by its name, in camelCase, with the schema that it is parsed by. null: the operator's own default. */
const config = Object.fromEntries(
  configured.map(([name, { takes, fallback, help }]) => [
    camelCase(name),
    unset(takes.schema, meaning(help, fallback)),
  ]),
);

export const configValues = {
  config: section('Flags of the operator. null: its own default.', config),
  proxy: section(
    'The HTTP proxy between the operator and the stores; one with a password goes into `extraEnv`, from a Secret.',
    {
      https: set(text, '', '`HTTPS_PROXY`.'),
      noProxy: set(text, '', '`NO_PROXY`: hosts, .domains and CIDRs, joined by commas.'),
    },
  ),
  caBundle: section('Certificate authorities beside those of Node, for all stores: `NODE_EXTRA_CA_CERTS`.', {
    configMap: set(objectName, '', 'A ConfigMap of the same namespace.'),
    key: set(text.min(1), 'ca.crt', 'The key that holds the PEM text.'),
  }),
  leaderElection: section('One of several replicas leads, by a Lease.', {
    enabled: set(z.boolean(), true, 'Without, there can be one replica only.'),
    leaseName: set(
      objectName,
      '',
      'Name of the Lease; default: that of the other objects, so that no two releases share one.',
    ),
  }),
};

function camelCase(name: string): string {
  return name.replace(/-./g, ([, letter = '']) => letter.toUpperCase());
}

function meaning(help: string, fallback: string): string {
  return `${help.charAt(0).toUpperCase()}${help.slice(1)}${fallback === '' ? '' : ` (${fallback})`}.`;
}
