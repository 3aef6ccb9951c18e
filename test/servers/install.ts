import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { buildOnce, cacheDirectory } from './cache.ts';
import { type Command, missingTools, type Part, parts, podParts } from './parts.ts';
import { boundToParent } from './process.ts';

/** Where the real programs are, once they are installed. */
export interface InstalledParts {
  readonly etcd: string;
  readonly etcdctl: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
  readonly helm: string;
  /** Version 3, which most clusters still have. */
  readonly helm3: string;
  readonly bao: string;
  /** Python with ministack and boto3. */
  readonly awsPython: string;
  /** Python with azure-identity and azure-keyvault-secrets. */
  readonly azurePython: string;
  /** Python with google-cloud-secret-manager. */
  readonly googlePython: string;
  /** Python with databricks-sdk. */
  readonly databricksPython: string;
  /** Says how kstatus, Argo CD and Flux judge an object. */
  readonly gitopsHealth: string;
  readonly promtool: string;
  /** Says what PromQL queries ask for, by Prometheus' own parser. */
  readonly promqlNames: string;
  /** Reads a SparkApplication on standard input, and fails on what kubeflow's types do not know. */
  readonly sparkApplication: string;
  /** A library to be preloaded. */
  readonly faketime: string;
  readonly crane: string;
  readonly kubelet: string;
  readonly kubeScheduler: string;
  readonly kubeProxy: string;
  readonly coredns: string;
  /** A folder with a layer of an image. */
  readonly spark: string;
  /** A folder: `venv` has Python with what reads rendered files, and Java; `postgresql.jar` is PostgreSQL's driver. */
  readonly consumers: string;
  /** Python with spdx-tools. */
  readonly spdxPython: string;
  /** The CustomResourceDefinitions of External Secrets. */
  readonly externalSecretsCrds: string;
  /** Renders templates by the engine of External Secrets. */
  readonly externalSecrets: string;
}

/** What a control plane and a store take: enough to try the operator. */
export const quickstartParts: readonly Part[] = [parts.etcd, parts.kubernetes, parts.kubectl, parts.openbao];

/**
 * Installs what is not there yet of these parts, one after the other, into a cache outside the tree; says so on stderr.
 * Answers where the programs are, or would be.
 */
export async function installParts(
  wanted: readonly Part[] = Object.values(parts),
  say: (line: string) => void = sayOnStderr,
): Promise<InstalledParts> {
  const placed = await Promise.all(wanted.map(async part => ({ part, directory: await directoryOf(part) })));
  const absent = placed.filter(({ directory }) => !existsSync(directory));
  await refuseWithoutTools(absent.map(({ part }) => part));
  for (const { part, directory } of absent) await install(part, directory, say);
  return programs();
}

async function programs(): Promise<InstalledParts> {
  const [etcd, kubernetes, kubectl] = await directoriesOf(parts.etcd, parts.kubernetes, parts.kubectl);
  const [kubelet, coredns] = await directoriesOf(podParts.kubelet, podParts.coredns);
  const [aws, azure, google, databricks] = await directoriesOf(parts.aws, parts.azure, parts.google, parts.databricks);
  return {
    etcd: `${etcd}/etcd`,
    etcdctl: `${etcd}/etcdctl`,
    kubeApiserver: `${kubernetes}/kube-apiserver`,
    kubeControllerManager: `${kubernetes}/kube-controller-manager`,
    kubectl: `${kubectl}/kubectl`,
    helm: `${kubectl}/helm`,
    helm3: `${await directoryOf(parts.helm3)}/helm`,
    bao: `${await directoryOf(parts.openbao)}/bao`,
    awsPython: `${aws}/venv/bin/python`,
    azurePython: `${azure}/venv/bin/python`,
    googlePython: `${google}/venv/bin/python`,
    databricksPython: `${databricks}/venv/bin/python`,
    gitopsHealth: `${await directoryOf(parts.gitopsHealth)}/gitops-health`,
    promtool: `${await directoryOf(parts.promtool)}/promtool`,
    promqlNames: `${await directoryOf(parts.promtool)}/promql-names`,
    sparkApplication: `${await directoryOf(parts.sparkApplication)}/spark-application`,
    faketime: `${await directoryOf(parts.faketime)}/libfaketime.so.1`,
    kubelet: `${kubelet}/kubelet`,
    kubeScheduler: `${kubelet}/kube-scheduler`,
    kubeProxy: `${kubelet}/kube-proxy`,
    coredns: `${coredns}/coredns`,
    spark: await directoryOf(podParts.spark),
    crane: `${await directoryOf(parts.crane)}/crane`,
    consumers: await directoryOf(parts.consumers),
    externalSecretsCrds: `${await directoryOf(parts.externalSecretsCrds)}/crds.yaml`,
    externalSecrets: `${await directoryOf(parts.externalSecrets)}/external-secrets`,
    spdxPython: `${await directoryOf(parts.spdx)}/venv/bin/python`,
  };
}

const directoriesOf = (...wanted: readonly Part[]): Promise<readonly string[]> => Promise.all(wanted.map(directoryOf));

const manifestsOf = (part: Part) => `${import.meta.dirname}/${part.name}`;

/** Named by what it is made from: manifests, recipe and platform. Whatever changes them is built again, beside the old one. */
async function directoryOf(part: Part): Promise<string> {
  const hash = createHash('sha256').update(
    JSON.stringify([process.platform, process.arch, part.recipe('from', 'into')]),
  );
  for (const file of part.manifests) hash.update(await readFile(`${manifestsOf(part)}/${file}`));
  return `${cacheDirectory()}/${part.name}-${hash.digest('hex').slice(0, 16)}`;
}

async function refuseWithoutTools(wanted: readonly Part[]): Promise<void> {
  const missing = await missingTools(wanted);
  if (missing.length === 0) return;
  const names = wanted.map(part => part.name).join(', ');
  throw new Error(`to install ${names} this machine still needs:\n${missing.map(fix => `  - ${fix}`).join('\n')}`);
}

async function install(part: Part, directory: string, say: (line: string) => void): Promise<void> {
  const title = `${part.name} (${part.makes.join(', ')})`;
  const start = performance.now();
  const sofar = () => `${Math.round((performance.now() - start) / 1000)} s`;
  const heartbeat = setInterval(() => say(`${title}: still at it after ${sofar()} of about ${part.expected}`), 20_000);
  say(`${title}: installing, once, about ${part.expected}`);
  const build = async (into: string) => {
    for (const command of part.recipe(manifestsOf(part), into))
      await runLogged(command, manifestsOf(part), `${directory}.log`);
  };
  await buildOnce(directory, build, () => say(`${title}: another run is installing it, waiting for that one`)).finally(
    () => clearInterval(heartbeat),
  );
  say(`${title}: ready after ${sofar()}`);
}

async function runLogged({ run: [command, ...args], env }: Command, cwd: string, log: string): Promise<void> {
  const output = await open(log, 'a');
  const [program, words] = boundToParent(command, args);
  const child = spawn(program, words, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', output.fd, output.fd],
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  ).finally(() => output.close());
  if (code === 0) return;
  const tail = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-20).join('\n');
  throw new Error(`\`${command} ${args[0] ?? ''} …\` failed; its log (${log}) ends:\n${tail}`);
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (import.meta.main) {
  await installParts().then(
    () => sayOnStderr(`test servers are installed in ${cacheDirectory()}`),
    (problem: unknown) => {
      sayOnStderr(problem instanceof Error ? problem.message : String(problem));
      process.exitCode = 1;
    },
  );
}
