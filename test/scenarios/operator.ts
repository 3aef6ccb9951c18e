import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hardening, memory } from '../../image/program.ts';
import type { ControlPlaneAccess } from '../servers/access.ts';
import { answersOk, httpRequest } from '../servers/http.ts';
import { freePort } from '../servers/ports.ts';
import { type ServerProcess, startProcess } from '../servers/process.ts';

/** The operator as a process of its own, with the rights of the ServiceAccount of deploy/install.yaml and no others. No flag opens anything. */
export interface Operator {
  /** The file with the log of all its runs. */
  readonly log: string;
  running(): boolean;
  /** As the kubelet asks `/livez`; false also when no answer comes within ten seconds. */
  alive(): Promise<boolean>;
  /** Ready again when this resolves. Flags beside the usual ones: the last of a name counts. */
  start(flags?: readonly string[], env?: Environment): Promise<void>;
  /** SIGTERM; answers how many milliseconds the end took. */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** While somebody does two things at once: it sees both only when it goes on. */
  paused<T>(work: () => Promise<T>): Promise<T>;
  metrics(): Promise<string>;
  /** What it answers at a path. */
  page(
    path: Path,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: string }>;
}

type Path = 'livez' | 'readyz' | 'metrics';

export type Environment = Readonly<Record<string, string>>;

export const operatorUser = 'system:serviceaccount:shearline-system:shearline';
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A command and its first arguments; `controller` and the flags come after them. */
export type Program = readonly [command: string, ...args: readonly string[]];

/** As the image runs it, so that every test is one of that too; the environment may say otherwise (README.md). */
const { SHEARLINE_OPERATOR: file = 'dist/main.js', SHEARLINE_NODE_FLAGS: flags } = process.env;
const nodeFlags = flags?.split(' ').filter(Boolean) ?? [...hardening, ...memory];
export const bundle = resolve(root, file);
const delivered: Program = [process.execPath, ...nodeFlags, bundle];

interface Start {
  readonly program?: Program;
  /** When it counts as started. `livez`: where something keeps it from being ready. */
  readonly started?: 'readyz' | 'livez';
}

export async function startOperator(
  controlPlane: ControlPlaneAccess,
  flags: readonly string[] = [],
  env: Environment = {},
  { program: [command, ...first] = delivered, started = 'readyz' }: Start = {},
): Promise<Operator> {
  const { directory } = controlPlane;
  const [health, metrics] = await Promise.all([freePort(), freePort()]);
  const usual = [
    ...['--leader-elect=false', '--log-level', 'debug'],
    ...['--health-address', `127.0.0.1:${health}`, '--metrics-address', `127.0.0.1:${metrics}`],
  ];
  const at = (path: Path) => `http://127.0.0.1:${path === 'metrics' ? metrics : health}/${path}`;
  /** As Kubernetes does, with a token of the ServiceAccount that is there now: it may have been made again. */
  const launch = async (more: readonly string[], env: Environment) => {
    const kubeconfig = await controlPlane.kubeconfigFor({ serviceAccount: 'shearline', namespace: 'shearline-system' });
    return startProcess({
      name: 'operator',
      command,
      args: [...first, 'controller', '--kubeconfig', kubeconfig, ...usual, ...more],
      directory,
      env,
      ready: () => answersOk(at(started)),
    });
  };
  let current: ServerProcess = await launch(flags, env);
  return {
    log: current.log,
    running: () => current.running(),
    alive: () => answersOk(at('livez')),
    start: async (more = flags, moreEnv = env) => {
      current = await launch(more, moreEnv);
    },
    stop: async () => {
      const asked = performance.now();
      await current.stop(20_000);
      return performance.now() - asked;
    },
    kill: () => current.kill(),
    paused: async work => {
      current.pause();
      return work().finally(() => current.resume());
    },
    metrics: async () => (await httpRequest(at('metrics'))).body,
    page: (path, headers = {}) => httpRequest(at(path), { headers }),
  };
}
