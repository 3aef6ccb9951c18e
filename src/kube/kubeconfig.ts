import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { dirname, isAbsolute, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { Clock } from '../core/clock.ts';
import { kubernetesUnavailable } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import { fieldOf, isJsonObject, listOf, textOf } from '../core/untyped.ts';
import { parseProxy } from '../net/proxy.ts';
import {
  type AuthHeaders,
  type Credentials,
  createRestConfig,
  type ReadCredentials,
  type RestConfig,
} from './credentials.ts';

/**
 * Logs in as a context of a kubeconfig file says, the current one if none is named: certificates, tokens, token files and exec plugins.
 * Import this file by `import()`, so that a pod does not load client-node; its own import is static, because
 * only then does the bundler leave out the generated API (43 MB of memory).
 */
export async function restConfigFromKubeconfig(
  file: string,
  clock: Clock,
  context?: string,
): Promise<Result<RestConfig>> {
  try {
    const config = await load(file, context);
    if (config.getContextObject(config.getCurrentContext()) === null && context !== undefined)
      return unusable(file, `it has no context ${context}: kubectl config get-contexts lists those that it has`);
    const cluster = config.getCurrentCluster();
    if (cluster === null) return unusable(file, 'its current context names no cluster');
    const proxy = parseProxy(cluster.proxyUrl ?? '', '');
    if (!proxy.ok) return unusable(file, `its proxy-url must be ${proxy.fault}`);
    const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    const place = {
      server: cluster.server,
      ...(namespace ? { namespace } : {}),
      ...(proxy.value && { proxy: proxy.value }),
    };
    return ok(createRestConfig(place, await credentialsOf(config), rereader(file, config, context), clock));
  } catch {
    // client-node's own words may quote the file, or what an exec plugin wrote.
    return unusable(file, 'it cannot be read, is no kubeconfig, or its exec plugin failed');
  }
}

const unusable = (file: string, why: string): Result<never> =>
  failed(kubernetesUnavailable(`kubeconfig ${file} cannot be used: ${why}`));

/** Asking again lets client-node see what expired; after a 401 all is loaded again, for it trusts what it keeps in memory. */
function rereader(file: string, first: KubeConfig, context: string | undefined): ReadCredentials {
  let config = first;
  return async rejected => {
    if (rejected) config = await load(file, context);
    return credentialsOf(config);
  };
}

async function load(file: string, context: string | undefined): Promise<KubeConfig> {
  const config = new KubeConfig();
  const directory = dirname(file);
  config.loadFromString(JSON.stringify(withTokenFiles(parse(await readFile(file, 'utf8')), directory)));
  config.makePathsAbsolute(directory);
  if (context !== undefined) config.setCurrentContext(context);
  return config;
}

/** client-node does not know kubectl's `tokenFile` as a user's field, but has a login method that reads such a file. */
function withTokenFiles(config: unknown, directory: string): unknown {
  if (!isJsonObject(config)) return config;
  const users = listOf(config.users).map(entry => {
    const tokenFile = textOf(fieldOf(fieldOf(entry, 'user'), 'tokenFile'));
    if (tokenFile === undefined || !isJsonObject(entry) || !isJsonObject(entry.user)) return entry;
    const path = isAbsolute(tokenFile) ? tokenFile : join(directory, tokenFile);
    return { ...entry, user: { ...entry.user, 'auth-provider': { name: 'tokenFile', config: { tokenFile: path } } } };
  });
  return { ...config, users };
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const tls = {
    ...(isPem(ca) ? { ca } : {}),
    ...(isPem(cert) ? { cert } : {}),
    ...(isPem(key) ? { key } : {}),
    ...(servername === undefined ? {} : { serverName: servername }),
    insecure: rejectUnauthorized === false,
  };
  return { tls, headers: headersOf(options) };
}

const isPem = (value: unknown): value is string | Buffer => typeof value === 'string' || Buffer.isBuffer(value);

function headersOf({ headers, auth }: RequestOptions): AuthHeaders {
  const given = Object.entries(headers ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value.trim()] as const] : [],
  );
  const basic = auth ? [['authorization', `Basic ${Buffer.from(auth).toString('base64')}`] as const] : [];
  return Object.fromEntries([...basic, ...given]);
}
