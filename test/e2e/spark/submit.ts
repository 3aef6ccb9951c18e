import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import type { Installed } from '../installed.ts';
import { imageOf } from '../lab/images.ts';
import { apply, restrictedContainer, restrictedPod } from '../pods.ts';
import { sparkImage } from './image.ts';

/** What the job says, each password as its SHA-256. */
const Seen = z.object({ pod: z.string(), env: z.string(), file: z.string() });
export const Result = z.object({ total: z.number(), driver: Seen, executors: z.array(Seen) });
export type Result = z.infer<typeof Result>;

const page = await readFile('docs/recipes/spark-submit.md', 'utf8');
const namespace = 'etl';

/** The YAML of the page. */
export async function applyRecipe(installed: Installed): Promise<void> {
  const yaml = /^```yaml\n(.*?)^```/ms.exec(page)?.[1] ?? '';
  await apply(installed, namespace, ...parseAllDocuments(yaml).map(document => document.toJS()), podTemplate);
}

/** The command of the page, as it stands there but for its place holders, and what a small node and a restricted namespace need. */
function recipeCommand(driver: string): readonly string[] {
  const command = /^```\n(spark-submit .*?)^```/ms.exec(page)?.[1] ?? '';
  const words = command.replace(/\\\n/g, '').trim().split(/\s+/);
  const filled = words.map(word => word.replace('APISERVER', 'kubernetes.default.svc').replace('IMAGE', image));
  return [...filled.slice(0, -1), ...more, '--conf', `spark.kubernetes.driver.pod.name=${driver}`, ...filled.slice(-1)];
}

export const image = imageOf(sparkImage);
const patient = Object.fromEntries(
  ['driver', 'submission'].flatMap(who =>
    ['connectionTimeout', 'requestTimeout'].map(what => [`spark.kubernetes.${who}.${what}`, '120000']),
  ),
);
export const more = Object.entries({
  'spark.executor.instances': 2,
  'spark.driver.memory': '512m',
  'spark.executor.memory': '512m',
  'spark.kubernetes.driver.request.cores': '100m',
  'spark.kubernetes.executor.request.cores': '100m',
  'spark.kubernetes.driver.podTemplateFile': '/etc/spark/pod.yaml',
  'spark.kubernetes.executor.podTemplateFile': '/etc/spark/pod.yaml',
  'spark.scheduler.minRegisteredResourcesRatio': '1.0',
  'spark.scheduler.maxRegisteredResourcesWaitingTime': '180s',
  'spark.ui.enabled': 'false',
  // For a busy machine; the default is 10 s.
  ...patient,
}).flatMap(([name, value]) => ['--conf', `${name}=${value}`]);

const securityContext = { ...restrictedPod, runAsUser: 185, runAsGroup: 185, fsGroup: 185 };
const { readOnlyRootFilesystem: _, ...writable } = restrictedContainer;

/** Spark makes the pods itself, and writes beside its job. */
const podTemplate = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'spark-pod' },
  data: {
    'pod.yaml': JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { securityContext, containers: [{ name: 'spark', securityContext: writable }] },
    }),
  },
};

/** By the command of the page: spark-submit in a pod, the driver in one that it makes. */
export async function submitInCluster(installed: Installed, name: string): Promise<Result> {
  await runJob(installed, name, recipeCommand(`${name}-driver`), {});
  return resultIn(await installed.kubectl('--namespace', namespace, 'logs', `${name}-driver`));
}

/** With the properties that the Secret holds. The driver is where spark-submit is. */
export async function submitWithSecretProperties(installed: Installed, name: string): Promise<Result> {
  const command = [
    ...['spark-submit', '--master', 'k8s://https://kubernetes.default.svc', '--deploy-mode', 'client', '--name', name],
    ...['--properties-file', '/etc/warehouse/spark-defaults.conf'],
    ...['--conf', `spark.kubernetes.namespace=${namespace}`, '--conf', `spark.kubernetes.container.image=${image}`],
    ...['--conf', `spark.kubernetes.driver.pod.name=$(POD_NAME)`, '--conf', 'spark.driver.host=$(POD_IP)'],
    ...['--conf', 'spark.kubernetes.executor.secretKeyRef.DB_PASSWORD=warehouse:DB_PASSWORD'],
    ...['--conf', 'spark.kubernetes.executor.secrets.warehouse=/etc/warehouse'],
    ...more,
    'local:///opt/app/job.py',
  ];
  await runJob(installed, name, command, { secret: 'warehouse' });
  return resultIn(await installed.kubectl('--namespace', namespace, 'logs', `job/${name}`));
}

function resultIn(log: string): Result {
  const [, found] = /^RESULT (.*)$/m.exec(log) ?? [];
  if (found === undefined) throw new Error(`the job had no result: …${log.slice(-2_000)}`);
  return Result.parse(JSON.parse(found));
}

/** spark-submit in a pod: it begins. */
export const submit = (installed: Installed, name: string, command: readonly string[]): Promise<void> =>
  apply(installed, namespace, job(name, command, undefined));

async function runJob(installed: Installed, name: string, command: readonly string[], { secret }: { secret?: string }) {
  const kubectl = (...args: readonly string[]) => installed.kubectl('--namespace', namespace, ...args);
  await apply(installed, namespace, job(name, command, secret));
  await kubectl('wait', `job/${name}`, '--for=condition=Complete', '--timeout=300s').catch(async (problem: Error) => {
    const logs = await kubectl('logs', `job/${name}`, '--tail=40').catch(String);
    throw new Error(`${problem.message}\n${logs}\n${await kubectl('get', 'pods', '--output=wide')}`);
  });
}

function job(name: string, command: readonly string[], secret: string | undefined) {
  const fromField = (variable: string, fieldPath: string) => ({
    name: variable,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const fromSecret = { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'DB_PASSWORD' } } };
  const container = {
    name: 'submit',
    image,
    command,
    securityContext: writable,
    env: [
      fromField('POD_NAME', 'metadata.name'),
      fromField('POD_IP', 'status.podIP'),
      ...(secret === undefined ? [] : [fromSecret]),
    ],
    volumeMounts: [
      { name: 'template', mountPath: '/etc/spark' },
      ...(secret === undefined ? [] : [{ name: 'secret', mountPath: '/etc/warehouse', readOnly: true }]),
    ],
  };
  const volumes = [
    { name: 'template', configMap: { name: podTemplate.metadata.name } },
    ...(secret === undefined ? [] : [{ name: 'secret', secret: { secretName: secret } }]),
  ];
  const spec = {
    restartPolicy: 'Never',
    serviceAccountName: 'spark',
    securityContext,
    containers: [container],
    volumes,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { backoffLimit: 0, template: { spec } },
  };
}
