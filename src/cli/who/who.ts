import { Option } from 'commander';
import type { SecretReference } from '../../api/secret-reference/secret-reference.ts';
import { publishedSince } from '../../api/secret-reference/served.ts';
import { objectKey } from '../../core/object-key.ts';
import { mapOk, type Result } from '../../core/result.ts';
import { addReferenceOfCluster, type Cluster, findReference, logIn, type WhichCluster } from '../cluster.ts';
import { type AddVerb, exitCodes, type Io } from '../io.ts';
import { consumerOf, type Target } from './consumers.ts';
import { eachPod } from './pods.ts';
import { jsonOf, type Readers, textOfReaders } from './print.ts';

interface Options extends WhichCluster {
  readonly namespace?: string;
  readonly output: 'text' | 'wide' | 'json';
}

/** `shearline who`: which pods read the Secret of a reference, and in which revision. */
export const addWho: AddVerb = (program, io, exit) => {
  const command = program
    .command('who')
    .description('say which pods refer to the Secret of a SecretReference, by owner and revision');
  addReferenceOfCluster(command)
    .addOption(new Option('-o, --output <format>', 'wide: each pod').choices(['text', 'wide', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (name: string, options: Options) => exit(await run(name, options, io)));
};

const help = `
With your rights: get secretreferences, and list pods in its namespace. It looks at env, envFrom, volumes and imagePullSecrets of
all containers, init and ephemeral ones too. Nothing is read from a Secret. Programs that ask the API server for the Secret
itself, and copies of its values, are seen by nobody here.`;

async function run(name: string, { output, namespace, ...which }: Options, io: Io): Promise<number> {
  const login = await logIn(which, io);
  const readers = login.ok ? await readersOf(login.value, name, namespace) : login;
  if (login.ok) await login.value.connections.close();
  if (!readers.ok) {
    io.stderr(`${readers.fault}\n`);
    return exitCodes.usage;
  }
  io.stdout(output === 'json' ? jsonOf(readers.value) : textOfReaders(readers.value, output === 'wide'));
  return exitCodes.ok;
}

async function readersOf(cluster: Cluster, name: string, wanted: string | undefined): Promise<Result<Readers, string>> {
  const found = await findReference(cluster, name, wanted);
  if (!found.ok) return found;
  const { namespace } = found.value.metadata;
  const target = targetOf(found.value);
  const pods = await eachPod(cluster.connections.call, namespace, pod => consumerOf(pod, target));
  return mapOk(pods, all => ({
    reference: objectKey(namespace, name),
    target,
    consumers: all.filter(({ ended }) => !ended),
    ended: all.filter(({ ended }) => ended).length,
    safeToRevoke: safeToRevokeIn(found.value),
  }));
}

/** Before the first sync the Secret has the name that it will have. */
function targetOf({ metadata, spec, status }: SecretReference): Target {
  const secret = status?.target?.name ?? (spec.ok ? spec.value.target.name : undefined) ?? metadata.name;
  const { lastSyncTime } = status ?? {};
  return { secret, revision: status?.target?.revision, lastSyncTime, publishedAt: publishedSince(status ?? {}) };
}

function safeToRevokeIn({ status }: SecretReference): Readers['safeToRevoke'] {
  const condition = status?.conditions.find(({ type }) => type === 'SafeToRevoke');
  return condition && { status: condition.status, message: condition.message };
}
