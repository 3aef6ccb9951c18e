import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server that runs as a child of this process, and dies with it. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  /** Standard output and error, both. */
  readonly log: string;
  running(): boolean;
  /** SIGTERM, and SIGKILL once the grace is over. Resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
  /** As a machine that loses power. */
  kill(): Promise<void>;
  /** Stops answering, connections stay open: SIGSTOP. */
  pause(): void;
  resume(): void;
}

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ready: () => Promise<boolean>;
  readonly withinMs?: number;
}

/** Starts a server and resolves once it is ready; a server that ends or never gets ready is an error with the end of its log. */
export async function startProcess(launch: Launch): Promise<ServerProcess> {
  const log = `${launch.directory}/${launch.name}.log`;
  const child = await spawnBound(launch, log);
  const server = handle(launch.name, child, log);
  const answers = async () => !server.running() || (await launch.ready());
  const outcome = await until(`${launch.name} to be ready`, answers, launch.withinMs ?? 180_000).catch((e: Error) => e);
  if (outcome === undefined && server.running()) return server;
  await server.kill();
  const why = outcome?.message ?? `${launch.name} ended before it was ready`;
  throw new Error(`${why}; its log (${log}) ends:\n${(await readFile(log, 'utf8')).split('\n').slice(-15).join('\n')}`);
}

/** Waits for a condition, never for a time; the deadline is for a machine in trouble. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, withinMs = 30_000) {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs / 1000} s for ${what}`);
    await sleep(25);
  }
}

/** Only what is named reaches the server: a VAULT_TOKEN or KUBECONFIG of the caller's shell must not change a test. */
async function spawnBound(launch: Launch, log: string): Promise<ChildProcess> {
  const output = await open(log, 'a');
  const [command, args] = boundToParent(launch.command, launch.args);
  const env = { PATH: process.env.PATH, HOME: launch.directory, TMPDIR: launch.directory, ...launch.env };
  const child = spawn(command, args, { cwd: launch.directory, env, stdio: ['ignore', output.fd, output.fd] });
  const spawned = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  await spawned.finally(() => output.close());
  return child;
}

/** On Linux the kernel kills the server when this process dies, even of SIGKILL; elsewhere the exit hook has to do. */
export function boundToParent(command: string, args: readonly string[]): [string, string[]] {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find(existsSync);
  return setpriv ? [setpriv, ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, [...args]];
}

/** One hook for all: Node warns of a leak from the eleventh on. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

function handle(name: string, child: ChildProcess, log: string): ServerProcess {
  const running = () => child.exitCode === null && child.signalCode === null;
  const gone = running() ? new Promise<void>(resolve => child.once('exit', () => resolve())) : Promise.resolve();
  alive.add(child);
  void gone.then(() => alive.delete(child));
  const end = async (signal: NodeJS.Signals) => {
    if (running()) child.kill(signal);
    if (running()) child.kill('SIGCONT'); // a paused process would never see the signal
    await gone;
  };
  const stop = async (graceMs = 10_000) => {
    const impatience = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await end('SIGTERM').finally(() => clearTimeout(impatience));
  };
  const signal = (name: NodeJS.Signals) => () => void child.kill(name);
  const pid = child.pid ?? 0;
  return {
    name,
    pid,
    log,
    running,
    stop,
    kill: () => end('SIGKILL'),
    pause: signal('SIGSTOP'),
    resume: signal('SIGCONT'),
  };
}
