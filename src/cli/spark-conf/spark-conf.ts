import { Option } from 'commander';
import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import { addReferenceOfCluster, findReference, logIn, type WhichCluster } from '../cluster.ts';
import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { type Pinned, sparkConf, textOfConf, type Wanted } from './conf.ts';

interface Options extends WhichCluster {
  readonly namespace?: string;
  readonly env: readonly string[];
  readonly mount?: string;
  readonly output: 'properties' | 'args';
}

/** `shearline spark-conf`: the properties that pin a Spark application to the revision that is newest now. */
export const addSparkConf: AddVerb = (program, io, exit) => {
  const command = program
    .command('spark-conf')
    .description('print properties for Spark that pin driver and executors to the newest revision of a Secret');
  addReferenceOfCluster(command)
    .option('-e, --env <key...>', 'a key of the Secret as environment: KEY, or VARIABLE=KEY', [])
    .option('-m, --mount <directory>', 'where the Secret is mounted')
    .addOption(
      new Option('-o, --output <format>', 'args: for the command line of spark-submit')
        .choices(['properties', 'args'])
        .default('properties'),
    )
    .addHelpText('after', help)
    .action(async (name: string, options: Options) => exit(await run(name, options, io)));
};

const help = `
  spark-submit $(shearline spark-conf warehouse -n etl --env DB_PASSWORD=password -o args) …

For a SecretReference with delivery.mode Pinned. All pods of the application read the revision that is newest now, whatever is
rotated meanwhile. Where the API server pins pods itself (Kubernetes 1.36, pinning.enabled of the chart) it is not needed. With
your rights: get secretreferences. Nothing is read from a Secret, so it is not known which keys there are.`;

async function run(name: string, { output, namespace, ...options }: Options, io: Io): Promise<number> {
  const login = await logIn(options, io);
  const reference = login.ok ? await findReference(login.value, name, namespace) : login;
  if (login.ok) await login.value.connections.close();
  const wanted = { env: options.env, mount: options.mount };
  const conf = flatMap(flatMap(reference, pinnedNow), pinned =>
    flatMap(asksForSomething(wanted), () => sparkConf(pinned, wanted)),
  );
  if (conf.ok) io.stdout(textOfConf(conf.value, output));
  else io.stderr(`${conf.fault}\n`);
  return conf.ok ? exitCodes.ok : exitCodes.usage;
}

/** Properties that hand over nothing would let the application start without its Secret. */
const asksForSomething = ({ env, mount }: Wanted): Result<undefined, string> =>
  env.length > 0 || mount !== undefined
    ? ok(undefined)
    : failed('say what the pods get: --env KEY, --mount DIRECTORY, or both');

/** The revision that new applications get. */
export function pinnedNow({ metadata, spec, status }: SecretReference): Result<Pinned, string> {
  const { namespace, name } = metadata;
  if (spec.ok && spec.value.delivery.mode === 'Live')
    return failed(`SecretReference ${namespace}/${name} keeps no revisions: set spec.delivery.mode: Pinned`);
  if (status?.target?.pinned === undefined)
    return failed(
      `SecretReference ${namespace}/${name} has no revision yet: wait for it (kubectl wait sref/${name} --for=condition=Ready)`,
    );
  return ok({ name: status.target.pinned.name, of: status.target.name });
}
