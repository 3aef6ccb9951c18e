import type { ControlPlaneAccess } from './access.ts';
import type { Certificate } from './certificates.ts';
import { answersOk } from './http.ts';
import { freePort } from './ports.ts';
import { type ServerProcess, startProcess } from './process.ts';

export interface ControllerManagerPlace {
  readonly access: ControlPlaneAccess;
  readonly command: string;
  readonly signingKeyFile: string;
  readonly admin: Certificate;
}

/** What makes garbage collection, namespace deletion, ServiceAccounts and Deployments real. */
export async function startControllerManager({
  access,
  command,
  signingKeyFile,
  admin,
}: ControllerManagerPlace): Promise<ServerProcess> {
  const { directory, authority, server, ca } = access;
  const kubeconfig = await access.kubeconfigFor({ user: 'system:kube-controller-manager' });
  const args = [
    ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(flag => `--${flag}=${kubeconfig}`),
    '--bind-address=127.0.0.1',
    `--secure-port=${await freePort()}`,
    `--cert-dir=${directory}/kube-controller-manager`,
    '--leader-elect=false',
    '--kube-api-qps=1000', // the default 20 takes 5 s for its own ServiceAccounts
    '--kube-api-burst=1000',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${signingKeyFile}`,
    `--root-ca-file=${authority.certificateFile}`,
    '--allocate-node-cidrs=false',
  ];
  // Its own health says little; it is ready when it does its work.
  const work = `${server}/api/v1/namespaces/default/serviceaccounts/default`;
  const ready = () => answersOk(work, { ca, cert: admin.certificate, key: admin.key });
  return startProcess({ name: 'kube-controller-manager', command, args, directory, ready });
}
