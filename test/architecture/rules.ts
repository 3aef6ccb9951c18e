import { isInSource, providerFolders, type SourceFile } from './source.ts';

/** What holds for every file of src/. A breach says what is wrong where, and how to fix it. */
export interface Rule {
  readonly name: string;
  readonly breaches: (file: SourceFile) => readonly string[];
}

/** A folder may import the rows above its own. Folders of one row do not import each other. */
const layers = [
  ['core'],
  ['async'],
  ['schema'],
  ['net'],
  ['sandbox'],
  ['template'],
  ['providers'],
  ['remote'],
  ['api'],
  ['kube', 'runtime'],
  ['controllers'],
  ['server'],
  ['cli'],
  ['config'],
  ['operator'],
  ['main'],
] as const;

/** Of the layers that do things, controllers see contracts, and functions without effects. */
const contracts: Readonly<Record<string, string>> = {
  'kube/api.ts': 'contract: what controllers ask of the cluster',
  'kube/secrets.ts': 'contract: the one write to a target',
  'kube/informer.ts': 'pure: the key of an object',
  'kube/index-by.ts': 'pure: lookup in such a copy',
  'runtime/reconcile.ts': 'contract: why a key is worked on, and when again',
  'providers/provider.ts': 'contract: what stores can do',
  'remote/ports.ts': 'contract: a source, and the one way to its values',
  'remote/ca-bundle.ts': 'function: reads through ports that it is given',
  'providers/index.ts': 'the one list of providers',
  'net/tls.ts': 'pure: whether this is a CA bundle',
  'sandbox/task.ts': 'contract: what is computed outside of the main thread',
  'sandbox/match-names.ts': 'contract: one such computation',
  'template/task.ts': 'contract: the others, of templates and of keys',
  'template/parse.ts': 'pure: whether a template can be read',
};
const guarded = ['kube', 'runtime', 'remote', 'providers', 'net', 'sandbox', 'template'];

/** What comes from outside, and the only places that may know it; a type alone may be named anywhere. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['kube/'],
  'node-vault': ['providers/vault/'],
  '@aws-sdk/client-secrets-manager': ['providers/aws-sm/'],
  '@aws-sdk/client-ssm': ['providers/aws-ssm/'],
  '@aws-sdk/client-sts': ['providers/aws/'],
  '@azure/identity': ['providers/azure-kv/'],
  '@azure/keyvault-secrets': ['providers/azure-kv/'],
  '@google-cloud/secret-manager': ['providers/gcp-sm/'],
  re2js: ['sandbox/'],
  '@marcbachmann/cel-js': ['template/'],
  bcryptjs: ['template/'],
  croner: ['api/'],
  'smol-toml': ['template/'],
  'prom-client': ['server/'],
  '@opentelemetry/api': ['server/spans.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['server/otlp.ts'],
  '@opentelemetry/resources': ['server/otlp.ts'],
  '@opentelemetry/sdk-trace': ['server/otlp.ts'],
  pino: ['main.ts'],
  undici: ['net/', 'kube/'],
  commander: ['cli/'],
};

/** The places that need the bytes of a secret, and what for. */
const revealing: Readonly<Record<string, string>> = {
  'controllers/secret-reference/nouns/fingerprint.ts': 'hashes them, in memory only',
  'controllers/secret-reference/fill-template.ts': 'gives them to its templates',
  'controllers/secret-reference/reads/property.ts': 'takes a property out of JSON',
  'controllers/secret-reference/secret-types/pull-secret.ts': 'checks that there is a login for each registry',
  'controllers/secret-reference/secret-types/tls-pair.ts': 'checks that key and certificate belong together',
  'controllers/secret-reference/reads/decode.ts': 'decodes base64',
  'kube/secrets.ts': 'writes them into the Secret',
  'cli/render/print.ts': 'prints them for who asks by --reveal',
  'cli/doctor/claims.ts': 'reads what a token of a ServiceAccount says of itself',
  'cli/run/environment.ts': 'gives them to a program, and masks them in what it prints',
  'remote/ca-bundle.ts': 'certificates are no secret, wherever they are kept',
  'net/tunnel.ts': 'logs in to a proxy',
  'kube/connections.ts': 'logs in to the API server',
  'providers/kit/credentials.ts': 'logs in to stores',
  'providers/gcp-sm/service-account-key.ts': 'signs with the key of a service account',
  'providers/gcp-sm/token-call.ts': 'logs in to the store',
  'providers/vault/value.ts': 'takes the answer of the store apart',
};

const maxLines = 250;

/** Files that are in no folder, and the layer of each; the others belong to main. */
const rootFiles: Readonly<Record<string, string>> = { 'config.ts': 'config', 'version.ts': 'core' };

const folderOf = (path: string): string => {
  if (path.includes('/')) return path.slice(0, path.indexOf('/'));
  return rootFiles[path] ?? 'main';
};
const rowOf = (folder: string): number => layers.findIndex(row => row.some(name => name === folder));
const below = (folder: string): string => layers.slice(0, rowOf(folder)).flat().join(', ') || 'nothing of ours';

const importsPointInward: Rule = {
  name: 'imports point inward',
  breaches: ({ path, imports }) => {
    const own = folderOf(path);
    if (rowOf(own) < 0)
      return [`${path}: the folder ${own} is in no layer: give it a place in test/architecture/rules.ts`];
    const wrong = imports.filter(
      ({ kind, name }) => kind === 'file' && folderOf(name) !== own && rowOf(folderOf(name)) >= rowOf(own),
    );
    return wrong.map(
      ({ name }) => `${path} imports ${name}, but ${own} may import only ${below(own)}: ${fixes.inward}`,
    );
  },
};

const controllersSeeContracts: Rule = {
  name: 'controllers see only contracts',
  breaches: ({ path, imports }) => {
    if (folderOf(path) !== 'controllers') return [];
    const wrong = imports.filter(
      ({ kind, name }) => kind === 'file' && guarded.includes(folderOf(name)) && contracts[name] === undefined,
    );
    return wrong.map(({ name }) => `${path} imports ${name}, which is no contract: ${fixes.contract}`);
  },
};

/** Of controllers/secret-reference. What two steps share is a noun, a file below both. */
const steps = [
  'observe',
  'plan',
  'reads/read-all',
  'values',
  'render',
  'write/compare',
  'write/apply',
  'report/report',
  'report/events',
  'report/requeue',
];
const stepFiles = steps.map(step => `controllers/secret-reference/${step}.ts`);

const stepsImportNouns: Rule = {
  name: 'a step imports no other step',
  breaches: ({ path, imports }) =>
    stepFiles.includes(path)
      ? imports.flatMap(({ name }) => (stepFiles.includes(name) ? [`${path} imports ${name}: ${fixes.step}`] : []))
      : [],
};

const packagesStayAtTheirEdge: Rule = {
  name: 'a package is imported at its edge only',
  breaches: ({ path, imports }) =>
    imports.flatMap(({ kind, name, typeOnly }) => {
      const places = kind === 'package' && !typeOnly ? packages[name] : undefined;
      if (!places || places.some(place => path.startsWith(place))) return [];
      return [`${path} imports ${name}, but only ${places.join(', ')} may: ${fixes.edge}`];
    }),
};

/** `pattern` is found only in places that start with one of `places`. */
function only(places: readonly string[], name: string, pattern: RegExp, fix: string): Rule {
  return {
    name,
    breaches: ({ path, code }) => {
      const found = pattern.exec(code);
      return found && !places.some(place => path.startsWith(place)) ? [`${path} has \`${found[0]}\`: ${fix}`] : [];
    },
  };
}

const filesAreShort: Rule = {
  name: `no file has more than ${maxLines} lines`,
  breaches: ({ path, lines }) => (lines > maxLines ? [`${path} has ${lines} lines: ${fixes.long}`] : []),
};

const fixes = {
  inward: 'move what is shared to the left, or hand it in from main.ts; do not move the rule',
  contract: 'let main.ts hand it in behind kube/port.ts or remote/ports.ts',
  step: 'move what both need into a file of nouns, such as observed.ts or outcome.ts',
  edge: 'use what that folder offers instead',
  environment: 'take it as an argument; main.ts reads the environment, config.ts says what it means',
  console: 'return the outcome, the loop logs it with pino',
  reveal:
    'pass the SecretValue on; if bytes are really needed here, say why in `revealing` of test/architecture/rules.ts',
  defaults: 'give the export a name',
  spread: 'use a loop: a store may answer with 200,000 names, and V8 throws at 125,000 arguments',
  long: 'ask which second story crept in, and give it a file',
};

const environment = /process\.env\b|\benv\b[^;={}]*\}\s*=\s*process\b|from 'node:process'/;

export const rules: readonly Rule[] = [
  importsPointInward,
  controllersSeeContracts,
  stepsImportNouns,
  packagesStayAtTheirEdge,
  only(['main.ts', 'cli/main.ts'], 'only main.ts reads the environment', environment, fixes.environment),
  only(['cli/'], 'nothing is printed but by cli', /\bconsole\.\w+/, fixes.console),
  only(
    ['core/secret-value.ts', ...Object.keys(revealing)],
    'secrets are revealed only where bytes are needed',
    /\.reveal(Text)?\(/,
    fixes.reveal,
  ),
  only([], 'every export has a name', /^export default\b|\bas default\b/m, fixes.defaults),
  only([], 'no list is spread into push', /\.push\(\.\.\./, fixes.spread),
  filesAreShort,
];

/** An exception that nothing needs any more would be an open door. */
export function staleExceptions(files: readonly SourceFile[]): readonly string[] {
  const reveals = (path: string) => files.some(file => file.path === path && /\.reveal(Text)?\(/.test(file.code));
  const seen = new Set(
    files
      .filter(({ path }) => folderOf(path) === 'controllers')
      .flatMap(({ imports }) => imports.map(({ name }) => name)),
  );
  return [
    ...Object.keys(revealing)
      .filter(path => !reveals(path))
      .map(path => `${path} reveals nothing: take it off the list`),
    ...Object.keys(contracts)
      .filter(path => !seen.has(path))
      .map(path => `no controller imports ${path}: take it off the list`),
  ];
}

/** All providers look alike from outside: what its fields are, what to know before using it. A folder without index is shared by some. */
export function incompleteProviders(): readonly string[] {
  const providers = providerFolders().filter(folder => isInSource(`${folder}/index.ts`));
  const missing = providers.flatMap(folder =>
    ['spec.ts', 'README.md'].map(file => `${folder}/${file}`).filter(file => !isInSource(file)),
  );
  return missing.map(file => `src/${file} is missing: every provider has one, see src/providers/README.md`);
}
