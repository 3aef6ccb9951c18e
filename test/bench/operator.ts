import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { build } from '../../build.ts';
import { allocator, hardening, memory } from '../../image/program.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { answersOk, httpRequest } from '../servers/http.ts';
import { freePort } from '../servers/ports.ts';
import { type ServerProcess, startProcess } from '../servers/process.ts';

/** One replica, as a process of its own, with the rights of the ServiceAccount of deploy/install.yaml. */
export interface Operator {
  readonly process: ServerProcess;
  /** Sum of all series of that name whose labels hold the text; starts a new period of the event loop histogram. */
  metric(name: string, labels?: string): Promise<number>;
}

export interface OperatorOptions {
  readonly controlPlane: ControlPlaneAccess;
  /** Where the bundle lies. */
  readonly program: string;
  readonly leaderElect?: boolean;
  readonly flags?: readonly string[];
  /** For Node: profiles. */
  readonly nodeFlags?: readonly string[];
}

export const operatorUser = 'system:serviceaccount:shearline-system:shearline';
export const root = new URL('../../', import.meta.url).pathname;

/** Bundles and takes a copy: somebody may build again while the bench runs. */
export async function bundleOperator(directory: string): Promise<string> {
  await build();
  await mkdir(`${directory}/dist`, { recursive: true });
  const isCode = (path: string) => !path.includes('/bench-');
  await cp(`${root}dist`, `${directory}/dist`, { recursive: true, filter: isCode });
  return `${directory}/dist/main.js`;
}

let replicas = 0;

export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { controlPlane, program, leaderElect = false, flags = [], nodeFlags = [] } = options;
  const directory = await mountServiceAccount(controlPlane);
  const { hostname, port } = new URL(controlPlane.server);
  const [health, metrics] = [await freePort(), await freePort()];
  const process = await startProcess({
    name: `operator-${++replicas}`,
    command: globalThis.process.execPath,
    args: [
      ...[...hardening, ...memory, '--import', `${root}test/bench/in-a-pod.mjs`, ...nodeFlags, program],
      ...['controller', `--leader-elect=${leaderElect}`],
      ...['--health-address', `127.0.0.1:${health}`, '--metrics-address', `127.0.0.1:${metrics}`],
      ...['--allow-insecure-providers', '--allow-insecure-namespaced-providers'],
      ...['--allow-provider-cidrs', '127.0.0.0/8'],
      ...flags,
    ],
    directory: controlPlane.directory,
    env: {
      ...allocator,
      ...{ BENCH_SERVICE_ACCOUNT: directory, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    },
    ready: () => answersOk(`http://127.0.0.1:${health}/readyz`),
  });
  return {
    process,
    metric: async (name, labels = '') =>
      sumOf((await httpRequest(`http://127.0.0.1:${metrics}/metrics`)).body, name, labels),
  };
}

/** As a pod of deploy/install.yaml finds it. */
async function mountServiceAccount({ directory, token, ca }: ControlPlaneAccess): Promise<string> {
  const account = { serviceAccount: 'shearline', namespace: 'shearline-system' };
  const place = await mkdtemp(`${directory}/service-account-`);
  await writeFile(`${place}/token`, await token(account, { duration: '24h' }));
  await writeFile(`${place}/ca.crt`, ca);
  await writeFile(`${place}/namespace`, account.namespace);
  return place;
}

function sumOf(page: string, name: string, labels: string): number {
  const series = page.split('\n').filter(line => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
  return series.filter(line => line.includes(labels)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
