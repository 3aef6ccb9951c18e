import { parseArgs } from 'node:util';
import { type DriftDetection, type Flag, flags, type LogLevel } from './cli/flags.ts';
import { failed, ok, type Result } from './core/result.ts';
import type { Cidr, EgressRules } from './net/egress.ts';
import { type HttpProxy, parseProxy } from './net/proxy.ts';
import type { Address } from './server/http.ts';

/** How the operator was started. */
export interface Config {
  readonly kubeconfig: string | undefined;
  readonly namespace: string | undefined;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly clusterSources: boolean;
  readonly clusterReferences: boolean;
  readonly rotation: boolean;
  readonly driftDetection: DriftDetection;
  readonly healthAddress: Address;
  readonly metricsAddress: Address;
  readonly metricsAuth: boolean;
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
  /** A file, or `stdout`; empty: no audit. */
  readonly auditLog: string;
  readonly logLevel: LogLevel;
}

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
  const take = <T>(name: FlagName, { takes: { parse, wants } }: Flag<T>, fallback: T): T => {
    const value = parse(text(name));
    if (value === undefined) wrong.push(`--${name} (or ${envName(name)}) must be ${wants}`);
    return value ?? fallback;
  };
  const config: Config = {
    kubeconfig: text('kubeconfig') || undefined,
    namespace: text('namespace') || undefined,
    namespaces: take('namespaces', flags.namespaces, []),
    clusterSources: take('cluster-sources', flags['cluster-sources'], true),
    clusterReferences: take('cluster-references', flags['cluster-references'], false),
    rotation: take('rotation', flags.rotation, false),
    driftDetection: take('drift-detection', flags['drift-detection'], 'watch'),
    healthAddress: take('health-address', flags['health-address'], nowhere),
    metricsAddress: take('metrics-address', flags['metrics-address'], nowhere),
    metricsAuth: take('metrics-auth', flags['metrics-auth'], true),
    leaderElect: take('leader-elect', flags['leader-elect'], false),
    leaseName: text('lease-name'),
    auditLog: text('audit-log'),
    workers: take('workers', flags.workers, 1),
    sourceConcurrency: take('source-concurrency', flags['source-concurrency'], 1),
    allowInsecureProviders: take('allow-insecure-providers', flags['allow-insecure-providers'], false),
    allowInsecureNamespacedProviders: take(
      'allow-insecure-namespaced-providers',
      flags['allow-insecure-namespaced-providers'],
      false,
    ),
    allowOperatorIdentity: take('allow-operator-identity', flags['allow-operator-identity'], false),
    allowProviderCidrs: take('allow-provider-cidrs', flags['allow-provider-cidrs'], []),
    denyProviderCidrs: take('deny-provider-cidrs', flags['deny-provider-cidrs'], []),
    proxy: takeProxy(text('https-proxy'), text('no-proxy'), wrong),
    logLevel: take('log-level', flags['log-level'], 'info'),
  };
  // It knows no namespaces but by their names, and has rights in these only.
  if (config.clusterReferences && config.namespaces.length > 0)
    wrong.push(`--cluster-references (or ${envName('cluster-references')}) must be false with --namespaces`);
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
  const known = new Map<string, Flag>(Object.entries<Flag>(flags));
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
