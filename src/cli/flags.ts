import * as z from 'zod';
import { type Cidr, parseCidrs } from '../net/egress.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
const driftDetections = ['watch', 'poll'] as const;
export type DriftDetection = (typeof driftDetections)[number];

/** What a flag takes. The schema is that of the same value in YAML: the chart's values are checked by it. */
interface Takes<T> {
  readonly schema: z.ZodType;
  /** The end of the sentence "… must be". */
  readonly wants: string;
  readonly parse: (text: string) => T | undefined;
}

const aText: Takes<string> = { schema: z.string(), wants: 'a text', parse: text => text };
const anAddress: Takes<{ readonly host: string; readonly port: number }> = {
  schema: z.string(),
  wants: 'HOST:PORT',
  parse: parseAddress,
};
const aSwitch: Takes<boolean> = {
  schema: z.boolean(),
  wants: 'true or false',
  parse: text => (text === 'true' ? true : text === 'false' ? false : undefined),
};
const countSchema = z.int().min(1).max(1000);
const aCount: Takes<number> = {
  schema: countSchema,
  wants: 'a number from 1 to 1000',
  parse: text => (/^\d{1,4}$/.test(text) ? countSchema.safeParse(Number(text)).data : undefined),
};
const cidrs: Takes<readonly Cidr[]> = {
  schema: z.array(z.string().regex(/^[0-9A-Fa-f.:]+(\/\d{1,3})?$/)),
  wants: 'addresses such as 10.0.0.0/8, joined by commas',
  parse: parseCidrList,
};
const oneOf = <T extends string>(words: readonly T[]): Takes<T> => ({
  schema: z.enum(words),
  wants: `one of ${words.join(', ')}`,
  parse: text => words.find(word => word === text),
});
/** Each has a connection for each kind of object: more of them are what the whole cluster is for. */
const mostNamespaces = 50;
const namespacesSchema = z
  .array(
    z
      .string()
      .max(63)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  )
  .max(mostNamespaces);
const namespaceNames: Takes<readonly string[]> = {
  schema: namespacesSchema,
  wants: `at most ${mostNamespaces} names of namespaces, joined by commas`,
  parse: text => namespacesSchema.safeParse([...new Set(words(text))]).data,
};

/** One flag: its default is written as its text would be. */
export interface Flag<T = unknown> {
  readonly takes: Takes<T>;
  /** The placeholder for its value in the help; a switch has none. */
  readonly value?: string;
  readonly fallback: string;
  readonly help: string;
  /** Other names in the environment, which every program knows. */
  readonly env?: readonly string[];
}

/** Every flag, in the order of the help. The environment name is derived: `--health-address` is SHEARLINE_HEALTH_ADDRESS. */
export const flags = {
  kubeconfig: {
    takes: aText,
    value: 'FILE',
    fallback: '',
    help: 'log in with this kubeconfig; default: the ServiceAccount of the pod',
  },
  namespace: {
    takes: aText,
    value: 'NAME',
    fallback: '',
    help: 'home of the Lease, and of CA bundles and credentials of ClusterSecretSources; default: that of the pod, else shearline-system',
  },
  namespaces: {
    takes: namespaceNames,
    value: 'NAME,…',
    fallback: '',
    help: 'serve these namespaces and no others, with rights in these only; default: all',
  },
  'cluster-sources': {
    takes: aSwitch,
    fallback: 'true',
    help: 'serve ClusterSecretSources; with --namespaces they choose namespaces by name only, for labels cannot be read',
  },
  'cluster-references': {
    takes: aSwitch,
    fallback: 'false',
    help: 'serve ClusterSecretReferences, which make SecretReferences in the namespaces that they choose; not with --namespaces',
  },
  rotation: {
    takes: aSwitch,
    fallback: 'false',
    help: 'make SecretRotations: the stages of spec.rotation, such as approval, pass newer values on to consumers',
  },
  'drift-detection': {
    takes: oneOf(driftDetections),
    value: 'HOW',
    fallback: 'watch',
    help: 'watch: a changed Secret is repaired at once; poll: at the next refresh, and no right to list or watch Secrets is needed',
  },
  'health-address': {
    takes: anAddress,
    value: 'HOST:PORT',
    fallback: '0.0.0.0:8081',
    help: 'where /livez and /readyz are served',
  },
  'metrics-address': {
    takes: anAddress,
    value: 'HOST:PORT',
    fallback: '0.0.0.0:8080',
    help: 'where /metrics is served',
  },
  'metrics-auth': {
    takes: aSwitch,
    fallback: 'false',
    help: 'serve /metrics only to bearer tokens that RBAC allows to get /metrics',
  },
  'leader-elect': { takes: aSwitch, fallback: 'true', help: 'let one of several replicas lead, by a Lease' },
  'lease-name': { takes: aText, value: 'NAME', fallback: 'shearline', help: 'name of that Lease' },
  workers: {
    takes: aCount,
    value: 'N',
    fallback: '16',
    help: 'requests to the API server at a time, an eighth of them kept for rotations',
  },
  'source-concurrency': {
    takes: aCount,
    value: 'N',
    fallback: '16',
    help: 'reads of one namespace from one source at a time, an eighth of them kept for rotations, and of all namespaces twice as many; 20 times as many references under way with it',
  },
  'allow-insecure-providers': {
    takes: aSwitch,
    fallback: 'false',
    help: 'let ClusterSecretSources use http:// addresses, and the provider fake',
  },
  'allow-insecure-namespaced-providers': {
    takes: aSwitch,
    fallback: 'false',
    help: 'let SecretSources, which tenants write, use http:// addresses, and the provider fake',
  },
  'allow-operator-identity': {
    takes: aSwitch,
    fallback: 'false',
    help: "let ClusterSecretSources log in as the operator's own pod or node, for keys of their allowedKeys",
  },
  'allow-provider-cidrs': {
    takes: cidrs,
    value: 'CIDR,…',
    fallback: '',
    help: 'addresses that every source may reach, whatever else closes them',
  },
  'deny-provider-cidrs': {
    takes: cidrs,
    value: 'CIDR,…',
    fallback: '',
    help: 'addresses that SecretSources may not reach',
  },
  'https-proxy': {
    takes: aText,
    value: 'URL',
    fallback: '',
    help: 'reach stores through this proxy; also HTTPS_PROXY',
    env: ['HTTPS_PROXY', 'https_proxy'],
  },
  'no-proxy': {
    takes: aText,
    value: 'HOST,…',
    fallback: '',
    help: 'hosts, .domains and CIDRs to reach without it; also NO_PROXY',
    env: ['NO_PROXY', 'no_proxy'],
  },
  'audit-log': {
    takes: aText,
    value: 'WHERE',
    fallback: '',
    help: 'one JSON line for each read of a store and each write of a Secret, to a file or to stdout; default: none',
  },
  'log-level': { takes: oneOf(logLevels), value: 'LEVEL', fallback: 'info', help: `one of ${logLevels.join(', ')}` },
} as const satisfies Record<string, Flag>;

function parseAddress(text: string): { host: string; port: number } | undefined {
  const [, host = '', port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  return port === undefined || Number(port) > 65_535
    ? undefined
    : { host: host.replace(/^\[|\]$/g, '') || '0.0.0.0', port: Number(port) };
}

function parseCidrList(text: string): readonly Cidr[] | undefined {
  const parsed = parseCidrs(words(text));
  return parsed.ok ? parsed.value : undefined;
}

function words(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean);
}
