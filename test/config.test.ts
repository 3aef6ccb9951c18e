import { describe, expect, test } from '@jest/globals';
import { type Config, egressRules, helpText, parseConfig } from '../src/config.ts';

const parsed = (args: readonly string[] = [], env = {}): Config => {
  const config = parseConfig(args, env);
  if (!config.ok) throw new Error(config.fault);
  return config.value;
};
const refused = (args: readonly string[], env = {}): string => {
  const config = parseConfig(args, env);
  return config.ok ? 'accepted' : config.fault;
};

describe('in a cluster', () => {
  test('no flag is needed', () => {
    expect(parsed()).toEqual({
      kubeconfig: undefined,
      namespace: undefined,
      namespaces: [],
      clusterSources: true,
      clusterReferences: false,
      rotation: false,
      driftDetection: 'watch',
      metricsAuth: false,
      healthAddress: { host: '0.0.0.0', port: 8081 },
      metricsAddress: { host: '0.0.0.0', port: 8080 },
      leaderElect: true,
      leaseName: 'shearline',
      workers: 16,
      sourceConcurrency: 16,
      allowInsecureProviders: false,
      allowInsecureNamespacedProviders: false,
      allowOperatorIdentity: false,
      allowProviderCidrs: [],
      denyProviderCidrs: [],
      proxy: undefined,
      auditLog: '',
      logLevel: 'info',
    });
  });
});

describe('a flag', () => {
  test.each<[readonly string[], Partial<Config>]>([
    [['--kubeconfig', '/k'], { kubeconfig: '/k' }],
    [['--kubeconfig=/k=1'], { kubeconfig: '/k=1' }],
    [['--namespace', 'ops'], { namespace: 'ops' }],
    [['--leader-elect=false'], { leaderElect: false }],
    [['--leader-elect'], { leaderElect: true }],
    [['--allow-insecure-providers'], { allowInsecureProviders: true, allowInsecureNamespacedProviders: false }],
    [
      ['--allow-insecure-namespaced-providers'],
      { allowInsecureProviders: false, allowInsecureNamespacedProviders: true },
    ],
    [['--workers', '7', '--log-level', 'debug'], { workers: 7, logLevel: 'debug' }],
    [['--workers', '7', '--workers', '8'], { workers: 8 }],
    [['--health-address', '127.0.0.1:0'], { healthAddress: { host: '127.0.0.1', port: 0 } }],
    [['--health-address', ':9'], { healthAddress: { host: '0.0.0.0', port: 9 } }],
    [['--health-address', '[::1]:9'], { healthAddress: { host: '::1', port: 9 } }],
    [['--lease-name', 'a'], { leaseName: 'a' }],
    [['--namespaces', 'etl, web,etl'], { namespaces: ['etl', 'web'] }],
    [['--cluster-sources=false'], { clusterSources: false }],
    [['--cluster-references'], { clusterReferences: true }],
    [['--rotation'], { rotation: true }],
    [['--drift-detection', 'poll'], { driftDetection: 'poll' }],
    [['--metrics-auth'], { metricsAuth: true }],
  ])('%j', (args, expected) => {
    expect(parsed(args)).toMatchObject(expected);
  });

  test('takes addresses, joined by commas', () => {
    const { allowProviderCidrs, denyProviderCidrs } = parsed([
      '--allow-provider-cidrs=127.0.0.0/8, ::1',
      '--deny-provider-cidrs',
      '10.0.0.0/8',
    ]);
    expect(allowProviderCidrs.map(([address, bits]) => `${address}/${bits}`)).toEqual(['127.0.0.0/8', '::1/128']);
    expect(denyProviderCidrs).toHaveLength(1);
  });

  test.each([
    [['--workers', '0'], '--workers (or SHEARLINE_WORKERS) must be a number from 1 to 1000'],
    [['--workers', '1001'], '--workers (or SHEARLINE_WORKERS) must be'],
    [['--workers', '3.5'], '--workers'],
    [['--source-concurrency=-1'], '--source-concurrency (or SHEARLINE_SOURCE_CONCURRENCY) must be'],
    [['--leader-elect=yes'], '--leader-elect (or SHEARLINE_LEADER_ELECT) must be true or false'],
    [['--health-address', '8081'], '--health-address'],
    [['--health-address', 'a:99999'], '--health-address'],
    [['--allow-provider-cidrs', '10.0.0.0/33'], '--allow-provider-cidrs'],
    [['--deny-provider-cidrs', 'vault.example.com'], '--deny-provider-cidrs'],
    [['--log-level', 'trace'], 'one of debug, info, warn, error'],
    [['--namespaces', 'Etl'], '--namespaces (or SHEARLINE_NAMESPACES) must be at most 50 names of namespaces'],
    [['--namespaces', Array.from({ length: 51 }, (_, n) => `n${n}`).join()], '--namespaces'],
    [['--drift-detection', 'never'], 'one of watch, poll'],
    [['--unknown'], '--unknown is no flag'],
    [['--unknown=secret-text'], '--unknown is no flag'],
    [['-x'], '-x is no flag'],
    [['stray'], 'a word is no flag'],
    [['--leader-elect', 'false'], 'a word is no flag'],
    [['--kubeconfig'], 'lacks its value'],
  ])('%j is refused by a line that says how to fix it', (args, message) => {
    expect(refused(args)).toContain(message);
    expect(refused(args)).not.toContain('secret-text');
  });
});

describe('the environment', () => {
  test('has a name for each flag, and the flag wins', () => {
    const env = { SHEARLINE_WORKERS: '9', SHEARLINE_HEALTH_ADDRESS: '127.0.0.1:1', WORKERS: '5' };
    expect(parsed([], env)).toMatchObject({ workers: 9, healthAddress: { port: 1 } });
    expect(parsed(['--workers=10'], env)).toMatchObject({ workers: 10 });
  });

  test('is checked as flags are', () => {
    expect(refused([], { SHEARLINE_ALLOW_INSECURE_PROVIDERS: '1' })).toContain('must be true or false');
  });
});

describe('the egress rules', () => {
  test('know whom they are for', () => {
    const config = parsed(['--deny-provider-cidrs=10.0.0.0/8']);
    const { denyProviderCidrs: deny } = config;
    expect(egressRules(config, { namespaced: true })).toMatchObject({ namespaced: true, allowInsecure: false, deny });
    expect(egressRules(config, { namespaced: false })).toMatchObject({ namespaced: false, allowInsecure: false, deny });
  });

  test.each([
    ['--allow-insecure-providers', { cluster: true, namespaced: false }],
    ['--allow-insecure-namespaced-providers', { cluster: false, namespaced: true }],
  ])('%s opens plain http to one kind of source alone', (flag, opened) => {
    const config = parsed([flag]);
    expect(egressRules(config, { namespaced: false }).allowInsecure).toBe(opened.cluster);
    expect(egressRules(config, { namespaced: true }).allowInsecure).toBe(opened.namespaced);
  });
});

test('the help has every flag, with its default', () => {
  const help = helpText();
  const flags = [
    'kubeconfig',
    'namespace',
    'health-address',
    'metrics-address',
    'leader-elect',
    'lease-name',
    'workers',
  ];
  const more = [
    'source-concurrency',
    'allow-insecure-providers',
    'allow-insecure-namespaced-providers',
    'allow-provider-cidrs',
    'deny-provider-cidrs',
    'log-level',
  ];
  for (const flag of [...flags, ...more, 'help', 'version']) expect(help).toContain(`  --${flag}`);
  expect(help).toContain('(default 0.0.0.0:8081)');
});
