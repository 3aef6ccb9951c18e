import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { kubernetesUnavailable } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { HttpProxy } from '../net/proxy.ts';

/** How the operator reaches the API server and who it is there; both may change while it runs. */
export interface RestConfig {
  /** `https://10.96.0.1:443`, with the path of a proxy in front where there is one. */
  readonly server: string;
  /** The namespace that the credentials belong to, when they say so. */
  readonly namespace?: string;
  /** The kubeconfig's `proxy-url`. */
  readonly proxy?: HttpProxy;
  /** The same object until something changed. */
  tls(): TlsConfig;
  headers(): Promise<AuthHeaders>;
  /** After a 401: reads the credentials again. Never fails; what cannot be read leaves the old ones. */
  renew(): Promise<void>;
}

export interface TlsConfig {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly serverName?: string;
  /** The kubeconfig's `insecure-skip-tls-verify`. */
  readonly insecure: boolean;
}

/** `authorization` and impersonation. */
export type AuthHeaders = Readonly<Record<string, string>>;

export interface Credentials {
  readonly tls: TlsConfig;
  readonly headers: AuthHeaders;
}

/** Reads the credentials; `rejected` says that the API server refused the last ones. Throws when they cannot be read. */
export type ReadCredentials = (rejected: boolean) => Promise<Credentials>;

/** As client-go does: the kubelet writes a new token long before the old one ends. */
const rereadMs = 60_000;
/** However many calls get a 401 at once, an exec plugin is asked once. */
const renewAtMostMs = 5_000;

/** Keeps the credentials fresh: once a minute, and at once after a 401. */
export function createRestConfig(
  place: Pick<RestConfig, 'server' | 'namespace' | 'proxy'>,
  first: Credentials,
  read: ReadCredentials,
  clock: Clock,
): RestConfig {
  let current = first;
  let readAt = clock.steady();
  let reading: Promise<void> | undefined;

  const reread = async (rejected: boolean): Promise<void> => {
    readAt = clock.steady();
    try {
      const next = await read(rejected);
      current = { headers: next.headers, tls: sameTls(current.tls, next.tls) ? current.tls : next.tls };
    } catch {
      // A file that is being replaced, a plugin that has no network: the old credentials may still serve.
    }
  };
  const once = (rejected: boolean): Promise<void> => {
    reading ??= reread(rejected).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  return {
    ...place,
    tls: () => current.tls,
    headers: async () => {
      if (clock.steady() - readAt >= rereadMs) await once(false);
      return current.headers;
    },
    renew: async () => {
      if (reading !== undefined || clock.steady() - readAt >= renewAtMostMs) await once(true);
    },
  };
}

const sameTls = (a: TlsConfig, b: TlsConfig): boolean =>
  same(a.ca, b.ca) && same(a.cert, b.cert) && same(a.key, b.key) && a.serverName === b.serverName;

const same = (a: string | Buffer | undefined, b: string | Buffer | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && Buffer.from(a).equals(Buffer.from(b)));

/** Where a pod finds its API server: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the mounted ServiceAccount. */
export interface PodEnvironment {
  readonly host: string;
  readonly port: string;
  readonly directory?: string;
}

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The pod's own ServiceAccount, without @kubernetes/client-node: three small files are all there is to it. */
export async function inClusterConfig(pod: PodEnvironment, clock: Clock): Promise<Result<RestConfig>> {
  const directory = pod.directory ?? mounted;
  const read = () => readCredentials(directory);
  try {
    const [first, namespace] = await Promise.all([read(), readFile(`${directory}/namespace`, 'utf8')]);
    return ok(createRestConfig({ server: serverOf(pod), namespace: namespace.trim() }, first, read, clock));
  } catch {
    return failed(
      kubernetesUnavailable(
        `the ServiceAccount files in ${directory} cannot be read; mount the ServiceAccount token or pass --kubeconfig`,
      ),
    );
  }
}

const serverOf = ({ host, port }: PodEnvironment): string => `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;

async function readCredentials(directory: string): Promise<Credentials> {
  const [ca, token] = await Promise.all([readFile(`${directory}/ca.crt`), readFile(`${directory}/token`, 'utf8')]);
  return { tls: { ca, insecure: false }, headers: { authorization: `Bearer ${token.trim()}` } };
}
