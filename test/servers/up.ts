import { once } from 'node:events';
import { startControlPlane } from './control-plane.ts';
import { startOpenBao } from './openbao.ts';

/** `node test/servers/up.ts`: the real servers for trying things by hand, until Ctrl-C. */
const controlPlane = await startControlPlane();
const bao = await startOpenBao({ controlPlane });

process.stdout.write(`
export KUBECONFIG=${controlPlane.adminKubeconfig}
export BAO_ADDR=${bao.address} BAO_TOKEN=${bao.rootToken}
export VAULT_ADDR=${bao.address} VAULT_TOKEN=${bao.rootToken}
export PATH=$PATH:${pathOf(controlPlane.programs.kubectl)}:${pathOf(bao.command)}

logs and audit logs: ${controlPlane.directory} ${bao.directory}
Ctrl-C stops all of it.
`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await Promise.all([bao.stop(), controlPlane.stop()]);

function pathOf(program: string): string {
  return program.slice(0, program.lastIndexOf('/'));
}
