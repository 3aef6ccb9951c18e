import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { kubernetesUnavailable } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { type Credentials, createLogin, type Login } from './login.ts';

/** Where a pod finds its API server: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the mounted ServiceAccount. */
export interface Pod {
  readonly host: string;
  readonly port: string;
  readonly directory?: string;
}

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The pod's own ServiceAccount, without @kubernetes/client-node: three small files are all there is to it. */
export async function inClusterLogin(pod: Pod, clock: Clock): Promise<Result<Login>> {
  const directory = pod.directory ?? mounted;
  const read = () => readCredentials(directory);
  try {
    const [first, namespace] = await Promise.all([read(), readFile(`${directory}/namespace`, 'utf8')]);
    return ok(createLogin({ server: serverOf(pod), namespace: namespace.trim() }, first, read, clock));
  } catch {
    return failed(
      kubernetesUnavailable(
        `the ServiceAccount files in ${directory} cannot be read; mount the ServiceAccount token or pass --kubeconfig`,
      ),
    );
  }
}

const serverOf = ({ host, port }: Pod): string => `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;

async function readCredentials(directory: string): Promise<Credentials> {
  const [ca, token] = await Promise.all([readFile(`${directory}/ca.crt`), readFile(`${directory}/token`, 'utf8')]);
  return { tls: { ca, insecure: false }, headers: { authorization: `Bearer ${token.trim()}` } };
}
