import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import * as z from 'zod';
import { until } from '../../servers/process.ts';
import type { Installed } from '../installed.ts';
import { apply, podWith } from '../pods.ts';
import { image, more, submit } from './submit.ts';

/** A Spark application whose pods the API server pins, as docs/rotation.md has it. */

const namespace = 'etl';
const page = await readFile('docs/rotation.md', 'utf8');

/** The reference of the page. */
export async function applyPinned(installed: Installed): Promise<void> {
  const manifests = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = '']) => yaml);
  await apply(installed, namespace, parse(manifests.find(yaml => yaml.includes('name: warehouse-spark,')) ?? ''));
}

/** With the properties of the page by which driver and executors ask to be pinned. They name the plain Secret. */
export async function submitPinned(installed: Installed, name: string, how: 'once' | 'until-told'): Promise<void> {
  const pins = /^```\n(--conf spark\.kubernetes\.driver\.label\.[^`]*)^```/m.exec(page)?.[1] ?? '';
  const conf = {
    'spark.kubernetes.namespace': namespace,
    'spark.kubernetes.authenticate.driver.serviceAccountName': 'spark',
    'spark.kubernetes.container.image': image,
    'spark.kubernetes.driver.pod.name': `${name}-driver`,
    'spark.kubernetes.driver.secretKeyRef.PASSWORD': 'warehouse-spark:password',
    'spark.kubernetes.executor.secretKeyRef.PASSWORD': 'warehouse-spark:password',
    'spark.kubernetes.driver.secrets.warehouse-spark': '/etc/warehouse',
    'spark.kubernetes.executor.secrets.warehouse-spark': '/etc/warehouse',
  };
  await submit(installed, name, [
    ...['spark-submit', '--master', 'k8s://https://kubernetes.default.svc', '--deploy-mode', 'cluster', '--name', name],
    ...Object.entries(conf).flatMap(([property, value]) => ['--conf', `${property}=${value}`]),
    ...pins.trim().split(/\s+/),
    ...more,
    ...['local:///opt/app/pinned.py', how],
  ]);
}

const Seen = z.object({ pod: z.string(), env: z.string(), file: z.string() });
const Round = z.object({ driver: Seen, executors: z.array(Seen) });

/** What the driver of an application says. */
export function driverOf(installed: Installed, name: string) {
  const pod = `${name}-driver`;
  const kubectl = (...args: readonly string[]) => installed.kubectl('--namespace', namespace, ...args);
  const rounds = async () => {
    const log = await kubectl('logs', pod).catch(() => '');
    return [...log.matchAll(/^SEEN (.*)$/gm)].map(([, text = '']) => Round.parse(JSON.parse(text)));
  };
  const phase = () => kubectl('get', 'pod', pod, '--output=jsonpath={.status.phase}').catch(() => '');
  const untilEnded = () => until(`${pod} to end`, async () => (await phase()) === 'Succeeded', 200_000);
  return {
    untilEnded,
    /** Until so many different executors have said what they read. */
    untilExecutors: (count: number) =>
      until(
        `${count} executors of ${name}`,
        async () => new Set((await rounds()).flatMap(each => each.executors.map(one => one.pod))).size >= count,
        200_000,
      ),
    applicationId: () => kubectl('get', 'pod', pod, '--output=jsonpath={.metadata.labels.spark-app-selector}'),
    /** All that driver and executors ever read, as environment and as file. */
    read: async (): Promise<ReadonlySet<string>> => {
      const seen = (await rounds()).flatMap(({ driver, executors }) => [driver, ...executors]);
      return new Set(seen.flatMap(({ env, file }) => [env, file]));
    },
    end: async () => {
      await kubectl('exec', pod, '--', 'touch', '/tmp/enough');
      await untilEnded();
    },
  };
}

/** One of those that Spark made goes, as with its node. */
export async function loseAnExecutor({ kubectl }: Installed, id: string): Promise<void> {
  const selector = `spark-app-selector=${id},spark-role=executor`;
  const place = ['--namespace', namespace];
  const names = await kubectl(
    ...place,
    'get',
    'pods',
    `--selector=${selector}`,
    '--output=name',
    '--field-selector=status.phase=Running',
  );
  await kubectl(...place, 'delete', names.split('\n')[0] ?? '', '--grace-period=0', '--force');
}

/** As many as a large application has, without its memory: the labels are those of an executor. */
export function executorsLikeThose(installed: Installed, name: string, id: string) {
  const count = 25;
  const metadata = {
    labels: { 'spark-app-selector': id, 'shearline.dev/pinned': 'true', wave: name },
    annotations: { 'shearline.dev/pin': 'warehouse-spark' },
  };
  const script =
    '[ "$PASSWORD" = "$(cat /secret/password)" ] && printf %s "$PASSWORD" | sha256sum | cut -c1-64 >/dev/termination-log';
  const spec = podWith('warehouse-spark', script, { restartPolicy: 'Never' });
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { parallelism: count, completions: count, template: { metadata, spec } },
  };
  const kubectl = (...args: readonly string[]) => installed.kubectl('--namespace', namespace, ...args);
  return {
    start: () => apply(installed, namespace, job),
    /** What they read, once all have. */
    read: async (): Promise<ReadonlySet<string>> => {
      await kubectl('wait', `job/${name}`, '--for=condition=Complete', '--timeout=200s');
      const path = '--output=jsonpath={range .items[*]}{.status.containerStatuses[0].state.terminated.message}{end}';
      const messages = await kubectl('get', 'pods', `--selector=wave=${name}`, path);
      const all = messages.trim().split(/\s+/);
      if (all.length !== count) throw new Error(`${all.length} of ${count} pods have said what they read`);
      return new Set(all);
    },
  };
}
