import { readFile } from 'node:fs/promises';
import { hardening } from '../../image/program.ts';
import { answersOk } from '../servers/http.ts';
import { freePort } from '../servers/ports.ts';
import { type ServerProcess, startProcess } from '../servers/process.ts';
import type { Stage } from './stage.ts';
import { root } from './terminal.ts';

/** What deploy/install.yaml makes for it. */
const serviceAccount = { serviceAccount: 'shearline', namespace: 'shearline-system' } as const;

/** Starts the operator outside the cluster, but with the token of its ServiceAccount and so with no right more than inside. */
export async function startOperator({ controlPlane, directory, terminal, started }: Stage): Promise<ServerProcess> {
  const kubeconfig = await controlPlane.kubeconfigFor(serviceAccount);
  const [health, metrics] = [await freePort(), await freePort()];
  const args = [
    ...[...hardening, `${root}/dist/main.js`, 'controller', '--kubeconfig', kubeconfig],
    ...['--health-address', `127.0.0.1:${health}`, '--metrics-address', `127.0.0.1:${metrics}`],
    '--leader-elect=false',
    // The store of the quickstart speaks plain HTTP on a loopback address; the operator goes to neither unless it is told.
    ...['--allow-insecure-namespaced-providers', '--allow-provider-cidrs', '127.0.0.0/8'],
  ];
  terminal.say(`$ node ${args.join(' ').replace(`${root}/`, '')} &`);
  const ready = () => answersOk(`http://127.0.0.1:${health}/readyz`);
  const operator = await started(startProcess({ name: 'operator', command: process.execPath, args, directory, ready }));
  terminal.say(
    `ready at http://127.0.0.1:${health}/readyz, metrics at http://127.0.0.1:${metrics}/metrics, log in ${operator.log}`,
  );
  return operator;
}

export const operatorLog = (directory: string): Promise<string> => readFile(`${directory}/operator.log`, 'utf8');
