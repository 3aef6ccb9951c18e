import { mkdir, writeFile } from 'node:fs/promises';
import { providers } from '../../src/providers/index.ts';
import { startConformanceCluster } from '../conformance/cluster.ts';
import { allKeys, type Harness } from '../conformance/harness.ts';
import { startControlPlane } from '../servers/control-plane.ts';
import { installParts } from '../servers/install.ts';
import { connectAsAdmin } from './client.ts';
import { enlistCrew } from './crew.ts';
import { paths } from './objects.ts';
import { root } from './operator.ts';
import { type Progress, showProgress } from './progress.ts';
import { harnesses } from './providers/harnesses.ts';
import { type Trial, tryProvider } from './providers/trial.ts';
import { install } from './stage.ts';

/** `make bench PROVIDERS=1`: what each provider costs for 200 references. PROVIDERS=awsSm,gcpSm tries only those. */
const references = 200;
const wanted = providers.map(({ name }) => name).filter(isWanted);

const columns = ['calls', 'logins', 'kB', 'ms', 'MB'] as const;
const heading = `${''.padEnd(26)}${columns.map(name => name.padStart(9)).join('')}`;

const progress = showProgress(process.stdout);
await installParts(undefined, progress.say);
const rows: Trial[] = [];
try {
  progress.say(heading);
  for (const provider of wanted) {
    progress.phase(provider);
    const tried = await onStageOfItsOwn(provider, progress);
    for (const row of tried) progress.say(lineOf(row));
    rows.push(...tried);
  }
} finally {
  progress.end();
}
await mkdir(`${root}dist`, { recursive: true });
const output = `dist/bench-providers-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`;
await writeFile(`${root}${output}`, `${JSON.stringify({ node: process.version, rows }, undefined, 2)}\n`);
process.stdout.write(`${output}\n`);
process.exit(0);

function isWanted(name: string): boolean {
  const asked = process.env.PROVIDERS ?? '1';
  return asked === '1' || asked.split(',').includes(name);
}

/** A control plane, a store and an operator that has seen no other provider, so that its memory is this one's. */
async function onStageOfItsOwn(provider: string, shown: Progress): Promise<readonly Trial[]> {
  await using end = new AsyncDisposableStack();
  shown.at('control plane');
  const controlPlane = await startControlPlane();
  end.defer(() => controlPlane.stop());
  await install(controlPlane);
  const cluster = await startConformanceCluster(controlPlane, 'shearline-system');
  end.defer(() => cluster.close());
  shown.at('test server');
  const start = await harnesses[provider]?.();
  if (start === undefined) throw new Error(`${provider} has no harness in test/bench/providers/harnesses.ts`);
  const harness = await start(cluster);
  end.defer(() => harness.close());
  const client = await connectAsAdmin(controlPlane);
  end.defer(() => client.close());
  const namespace = cluster.namespace('team-a');
  await client.post(paths.clusterSources, sourceFor(harness, namespace));
  const crew = await enlistCrew({ controlPlane, nodeFlags: () => [] });
  end.defer(() => crew.stop());
  await crew.start();
  shown.at('first sync and refresh');
  return await tryProvider({ provider, namespace, references, harness, operator: crew.operator, client });
}

function sourceFor({ provider, spec }: Harness, namespace: string): object {
  return {
    apiVersion: 'shearline.dev/v1alpha1',
    kind: 'ClusterSecretSource',
    metadata: { name: 'bench' },
    spec: { namespaces: { names: [namespace] }, allowedKeys: allKeys(provider), provider: { [provider.name]: spec } },
  };
}

function lineOf({ provider, step, calls, logins, kilobytes, milliseconds, megabytes }: Trial): string {
  const figures = [calls, logins, kilobytes, milliseconds, megabytes].map(value => value.toFixed(0).padStart(9));
  return `${`${provider}, ${step}`.padEnd(26)}${figures.join('')}`;
}
