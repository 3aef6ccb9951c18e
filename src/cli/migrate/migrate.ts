import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { failed, mapOk, type Result } from '../../core/result.ts';
import { addClusterOptions, type WhichCluster } from '../cluster.ts';
import { printDocument } from '../documents.ts';
import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { readManifests } from '../render/manifests.ts';
import { type Found, readCluster } from './cluster.ts';
import { fileNameOf, jsonReport, textReport } from './report.ts';
import { type Migrated, migrate } from './translate.ts';
import { verify } from './verify/verify.ts';

interface Options extends WhichCluster {
  readonly cluster?: true;
  readonly verify?: true;
  readonly namespace?: string;
  readonly output: 'text' | 'json';
  readonly out?: string;
  readonly adopt?: string;
}

/** `shearline migrate external-secrets`: their manifests in, ours out, and a report of what is left for a human. */
export const addMigrate: AddVerb = (program, io, exit) => {
  const command = program
    .command('migrate')
    .helpCommand(false)
    .description('translate manifests of other operators into ours')
    .command('external-secrets')
    .description('translate ExternalSecret, SecretStore and ClusterSecretStore; the report is on stderr')
    .argument('[files...]', 'YAML or JSON files, folders of them, or - for standard input')
    .option('--cluster', 'what is in a cluster, beside the files or instead of them')
    .option('-n, --namespace <name>', 'of the cluster only this namespace, and the cluster stores that it names');
  addClusterOptions(command)
    .option('--verify', 'render each template on both sides with made-up values, and compare')
    .option('--out <folder>', 'write a file for each object instead of printing them')
    .addOption(
      new Option('--adopt <how>', 'what references do with the Secrets that are there: target.adopt').choices([
        'DryRun',
        'Match',
        'Always',
      ]),
    )
    .addOption(new Option('-o, --output <format>', 'of the report').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nEnds with 1 when something is left for you: it is in the report, and on top of its object. With\n--verify also when a template gives something else than theirs.',
    )
    .action(async (files: readonly string[], options: Options) => exit(await run(files, options, io)));
};

async function run(files: readonly string[], options: Options, io: Io): Promise<number> {
  const found = await readAll(files, options, io);
  if (!found.ok) {
    io.stderr(`${found.fault}\n`);
    return exitCodes.usage;
  }
  const translated = migrate(found.value.manifests, options.adopt);
  const migrated = { ...translated, findings: [...found.value.findings, ...translated.findings] };
  if (options.out === undefined) for (const each of migrated.written) io.stdout(printed(each));
  else writeFiles(resolve(io.cwd, options.out), migrated);
  const verified = options.verify ? await verify(migrated.templates, io.sandboxWorker) : undefined;
  io.stderr(options.output === 'json' ? jsonReport(migrated, verified) : textReport(migrated, verified));
  const isWhole = migrated.findings.every(({ level }) => level !== 'left');
  return isWhole && !verified?.some(({ result }) => result === 'differs') ? exitCodes.ok : exitCodes.findings;
}

async function readAll(files: readonly string[], options: Options, io: Io): Promise<Result<Found, string>> {
  const { cluster, namespace, context } = options;
  if (!cluster && files.length === 0) return failed('name files, folders or - for standard input, or say --cluster');
  if (!cluster && (namespace ?? context ?? options.kubeconfig) !== undefined)
    return failed('--namespace, --context and --kubeconfig are about a cluster: say --cluster');
  const read = await readManifests(files, io);
  if (!read.ok || !cluster) return mapOk(read, manifests => ({ manifests, findings: [] }));
  const found = await readCluster(options, io);
  return mapOk(found, ({ manifests, findings }) => ({ manifests: [...read.value, ...manifests], findings }));
}

const printed = ({ object, left }: Migrated['written'][number]): string =>
  printDocument(
    object,
    left.map(({ field, message }) => `LEFT FOR YOU: ${field}: ${message}`),
  );

function writeFiles(folder: string, { written }: Migrated): void {
  mkdirSync(folder, { recursive: true });
  for (const each of written) writeFileSync(join(folder, fileNameOf(each.object)), printed(each));
}
