import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { build } from '../../build.ts';
import { type ControlPlane, startControlPlane } from '../servers/control-plane.ts';
import { installParts, quickstartParts } from '../servers/install.ts';
import { type OpenBao, startOpenBao } from '../servers/openbao.ts';
import { enableKubernetesAuth } from '../servers/openbao-auth.ts';
import { openTerminal, say, type Terminal } from './terminal.ts';

/** What the story is played on: real servers, and a shell that knows them. */
export interface Stage {
  /** Everything that is written lies in here. */
  readonly directory: string;
  readonly kubeconfig: string;
  /** With kubectl and bao first in it. */
  readonly programPaths: readonly string[];
  readonly controlPlane: ControlPlane;
  readonly bao: OpenBao;
  readonly terminal: Terminal;
  /** Has to be stopped in the end, started or still starting. */
  started<T extends Stoppable>(starting: Promise<T>): Promise<T>;
}

interface Stoppable {
  stop(): Promise<void>;
}

export async function setStage(directory: string, end: AsyncDisposableStack, signal: AbortSignal): Promise<Stage> {
  const { kubectl, bao: baoProgram } = await installParts(quickstartParts, say);
  const started = <T extends Stoppable>(starting: Promise<T>): Promise<T> => {
    // A start that is given up half-way is waited for, and what came of it stopped.
    end.defer(() =>
      starting.then(
        server => server.stop(),
        () => {},
      ),
    );
    return starting;
  };
  const [controlPlane, bao] = await Promise.all([
    timed('Kubernetes: etcd, kube-apiserver, kube-controller-manager', started(startControlPlane())),
    timed('OpenBao', started(startOpenBao())),
    timed('dist/main.js built', build()),
  ]);
  await enableKubernetesAuth(bao, controlPlane);
  const kubeconfig = `${directory}/kubeconfig`;
  await copyFile(controlPlane.adminKubeconfig, kubeconfig);
  const programPaths = [dirname(kubectl), dirname(baoProgram)];
  const terminal = openTerminal({
    signal,
    env: {
      PATH: [...programPaths, process.env.PATH].join(':'),
      HOME: directory,
      KUBECONFIG: kubeconfig,
      BAO_ADDR: bao.address,
      BAO_TOKEN: bao.rootToken,
    },
  });
  return { directory, kubeconfig, programPaths, controlPlane, bao, terminal, started };
}

/** One directory for all of it, servers included: they make theirs where TMPDIR says. */
export async function workDirectory(end: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(`${tmpdir()}/shearline-quickstart-`);
  process.env.TMPDIR = directory;
  const keep = process.env.SHEARLINE_KEEP_SERVERS;
  if (!keep) end.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work;
  say(`  ${((performance.now() - begun) / 1000).toFixed(1).padStart(4)} s  ${what}`);
  return result;
}
