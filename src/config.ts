import { parseArgs } from 'node:util';
import { failed, ok, type Result } from './core/result.ts';
import { type Cidr, type EgressRules, parseCidrs } from './net/egress.ts';
import { type HttpProxy, parseProxy } from './net/proxy.ts';
import type { Address } from './server/http.ts';

/** How the operator was started. */
export interface Config {
  readonly kubeconfig: string | undefined;
  readonly namespace: string | undefined;
  readonly healthAddress: Address;
  readonly metricsAddress: Address;
  readonly leaderElect: boolean;
  readonly leaseName: string;
  readonly workers: number;
  readonly sourceConcurrency: number;
  readonly allowInsecureProviders: boolean;
  readonly allowInsecureNamespacedProviders: boolean;
  readonly allowOperatorIdentity: boolean;
  readonly allowProviderCidrs: readonly Cidr[];
  readonly denyProviderCidrs: readonly Cidr[];
  /** Between this operator and the stores; never between it and the API server. */
  readonly proxy: HttpProxy | undefined;
  readonly logLevel: LogLevel;
}

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

interface Flag {
  readonly value?: string;
  readonly fallback: string;
  readonly help: string;
  /** Other names in the environment, which every program knows. */
  readonly env?: readonly string[];
}

/** Every flag, in the order of the help. The environment name is derived: `--health-address` is SHEARLINE_HEALTH_ADDRESS. */
const flags = {
  kubeconfig: {
    value: 'FILE',
    fallback: '',
    help: 'log in with this kubeconfig; default: the ServiceAccount of the pod',
  },
  namespace: {
    value: 'NAME',
    fallback: '',
    help: 'home of the Lease, and of CA bundles and credentials of ClusterSecretSources; default: that of the pod, else shearline-system',
  },
  'health-address': { value: 'HOST:PORT', fallback: '0.0.0.0:8081', help: 'where /livez and /readyz are served' },
  'metrics-address': { value: 'HOST:PORT', fallback: '0.0.0.0:8080', help: 'where /metrics is served' },
  'leader-elect': { fallback: 'true', help: 'let one of several replicas lead, by a Lease' },
  'lease-name': { value: 'NAME', fallback: 'shearline', help: 'name of that Lease' },
  workers: {
    value: 'N',
    fallback: '16',
    help: 'requests to the API server at a time, an eighth of them kept for rotations',
  },
  'source-concurrency': {
    value: 'N',
    fallback: '16',
    help: 'reads from one source at a time, an eighth of them kept for rotations; 20 times as many references under way with it',
  },
  'allow-insecure-providers': { fallback: 'false', help: 'let ClusterSecretSources use http:// addresses' },
  'allow-insecure-namespaced-providers': {
    fallback: 'false',
    help: 'let SecretSources, which tenants write, use http:// addresses',
  },
  'allow-operator-identity': {
    fallback: 'false',
    help: "let ClusterSecretSources log in as the operator's own pod or node, for keys of their allowedKeys",
  },
  'allow-provider-cidrs': {
    value: 'CIDR,…',
    fallback: '',
    help: 'addresses that every source may reach, whatever else closes them',
  },
  'deny-provider-cidrs': { value: 'CIDR,…', fallback: '', help: 'addresses that SecretSources may not reach' },
  'https-proxy': {
    value: 'URL',
    fallback: '',
    help: 'reach stores through this proxy; also HTTPS_PROXY',
    env: ['HTTPS_PROXY', 'https_proxy'],
  },
  'no-proxy': {
    value: 'HOST,…',
    fallback: '',
    help: 'hosts, .domains and CIDRs to reach without it; also NO_PROXY',
    env: ['NO_PROXY', 'no_proxy'],
  },
  'log-level': { value: 'LEVEL', fallback: 'info', help: `one of ${logLevels.join(', ')}` },
} as const satisfies Record<string, Flag>;
type FlagName = keyof typeof flags;

/** Reads flags, then environment, then defaults. The fault is one line that says which flag is wrong and what it takes. */
export function parseConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<Config, string> {
  const given = readFlags(args);
  if (!given.ok) return given;
  const text = (name: FlagName): string => given.value[name] ?? fromEnvironment(env, name) ?? flags[name].fallback;
  const wrong: string[] = [];
  const take = <T>(name: FlagName, parse: (text: string) => T | undefined, wants: string, fallback: T): T => {
    const value = parse(text(name));
    if (value === undefined) wrong.push(`--${name} (or ${envName(name)}) must be ${wants}`);
    return value ?? fallback;
  };
  const config: Config = {
    kubeconfig: text('kubeconfig') || undefined,
    namespace: text('namespace') || undefined,
    healthAddress: take('health-address', parseAddress, 'HOST:PORT', nowhere),
    metricsAddress: take('metrics-address', parseAddress, 'HOST:PORT', nowhere),
    leaderElect: take('leader-elect', parseBoolean, 'true or false', true),
    leaseName: text('lease-name'),
    workers: take('workers', parseCount, 'a number from 1 to 1000', 1),
    sourceConcurrency: take('source-concurrency', parseCount, 'a number from 1 to 1000', 1),
    allowInsecureProviders: take('allow-insecure-providers', parseBoolean, 'true or false', false),
    allowInsecureNamespacedProviders: take('allow-insecure-namespaced-providers', parseBoolean, 'true or false', false),
    allowOperatorIdentity: take('allow-operator-identity', parseBoolean, 'true or false', false),
    allowProviderCidrs: take(
      'allow-provider-cidrs',
      parseCidrList,
      'addresses such as 10.0.0.0/8, joined by commas',
      [],
    ),
    denyProviderCidrs: take('deny-provider-cidrs', parseCidrList, 'addresses such as 10.0.0.0/8, joined by commas', []),
    proxy: takeProxy(text('https-proxy'), text('no-proxy'), wrong),
    logLevel: take(
      'log-level',
      level => logLevels.find(known => known === level),
      `one of ${logLevels.join(', ')}`,
      'info',
    ),
  };
  const [first] = wrong;
  return first === undefined ? ok(config) : failed(first);
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>, name: FlagName): string | undefined {
  const { env: also = [] }: Flag = flags[name];
  return [envName(name), ...also].map(known => env[known]).find(value => value !== undefined);
}

const envName = (flag: FlagName): string => `SHEARLINE_${flag.toUpperCase().replaceAll('-', '_')}`;

/** A switch without a value means true: `--allow-insecure-providers`. */
function readFlags(args: readonly string[]): Result<Readonly<Record<string, string | undefined>>, string> {
  const known = new Map<string, Flag>(Object.entries(flags));
  const isSwitch = (arg: string): boolean =>
    arg.startsWith('--') && known.has(arg.slice(2)) && known.get(arg.slice(2))?.value === undefined;
  const options = Object.fromEntries([...known.keys()].map(name => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({
      args: args.map(arg => (isSwitch(arg) ? `${arg}=true` : arg)),
      options,
      strict: true,
    });
    return ok(values);
  } catch {
    const unknown = args.find(arg => arg.startsWith('-') && !known.has(arg.replace(/^--/, '').replace(/=.*$/s, '')));
    return failed(
      unknown === undefined
        ? 'a flag lacks its value, or a word is no flag'
        : `${unknown.replace(/=.*$/s, '')} is no flag`,
    );
  }
}

function takeProxy(address: string, noProxy: string, wrong: string[]): HttpProxy | undefined {
  const proxy = parseProxy(address, noProxy);
  if (proxy.ok) return proxy.value;
  wrong.push(`--https-proxy (or HTTPS_PROXY) must be ${proxy.fault}`);
  return undefined;
}

const nowhere: Address = { host: '', port: 0 };

function parseAddress(text: string): Address | undefined {
  const [, host = '', port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  return port === undefined || Number(port) > 65_535
    ? undefined
    : { host: host.replace(/^\[|\]$/g, '') || '0.0.0.0', port: Number(port) };
}

const parseBoolean = (text: string): boolean | undefined =>
  text === 'true' ? true : text === 'false' ? false : undefined;

const parseCount = (text: string): number | undefined =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000 ? Number(text) : undefined;

function parseCidrList(text: string): readonly Cidr[] | undefined {
  const parsed = parseCidrs(
    text
      .split(',')
      .map(part => part.trim())
      .filter(Boolean),
  );
  return parsed.ok ? parsed.value : undefined;
}

/** What a source may reach. */
export const egressRules = (
  config: Config,
  asker: Pick<EgressRules, 'namespaced' | 'operatorIdentity'>,
): EgressRules => ({
  ...asker,
  allowInsecure: asker.namespaced ? config.allowInsecureNamespacedProviders : config.allowInsecureProviders,
  allow: config.allowProviderCidrs,
  deny: config.denyProviderCidrs,
});

/** What `--help` prints. */
export function helpText(): string {
  const rows = Object.entries<Flag>(flags).map(([name, { value, fallback, help }]) => {
    const shown = fallback === '' ? help : `${help} (default ${fallback})`;
    return `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(37)} ${shown}`;
  });
  return [
    'Usage: shearline controller [flags]',
    '',
    'Keeps Kubernetes Secrets in step with the stores where they really live.',
    'In a cluster it needs no flag. Each flag can be given by environment as well: --log-level is SHEARLINE_LOG_LEVEL.',
    '',
    ...rows,
    '',
    '  --help                                print this',
    '  --version                             print the version',
    '',
  ].join('\n');
}
