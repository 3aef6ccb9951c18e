import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { ControlPlaneAccess } from './access.ts';
import { answersOk, httpRequest } from './http.ts';
import { installParts } from './install.ts';
import { enableKubernetesAuth } from './openbao-auth.ts';
import { parts } from './parts.ts';
import { freePort } from './ports.ts';
import { type ServerProcess, startProcess } from './process.ts';

/** A real OpenBao in development mode: unsealed, in memory, KV version 2 at `secret/`. */
export interface OpenBao {
  readonly address: string;
  readonly rootToken: string;
  readonly auditLog: string;
  /** PEM; undefined without TLS. */
  readonly caBundle: string | undefined;
  readonly directory: string;
  /** The program, for its command line. */
  readonly command: string;
  /** To pause, resume or kill it. */
  readonly server: ServerProcess;
  /** As root unless told otherwise; `path` without `/v1/`. Returns the parsed body; throws an `OpenBaoError`. */
  api(method: string, path: string, body?: object, options?: ApiOptions): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ApiOptions {
  readonly token?: string;
  readonly namespace?: string | undefined;
}

export interface OpenBaoOptions {
  readonly tls?: boolean;
  /** Each answer is late by so much. */
  readonly latencyMs?: number;
  /** Enables Kubernetes auth for it, at `kubernetes`. */
  readonly controlPlane?: ControlPlaneAccess;
}

export class OpenBaoError extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`OpenBao answered ${status} to ${what}: ${body}`);
    this.status = status;
  }
}

const rootToken = 'root';

export async function startOpenBao(options: OpenBaoOptions = {}): Promise<OpenBao> {
  const { bao: command } = await installParts([parts.openbao]);
  const directory = await mkdtemp(`${tmpdir()}/shearline-openbao-`);
  const auditLog = `${directory}/audit.log`;
  const port = await freePort();
  const args = await serverArgs(options, directory, auditLog, port);
  const address = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const ca = () => (options.tls ? readFile(caFile(directory), 'utf8') : undefined);
  // Healthy comes before usable: the root token and the engine at secret/ are made last.
  const headers = { 'X-Vault-Token': rootToken };
  const usable = async () => answersOk(`${address}/v1/secret/config`, { headers, ...trusting(await ca()) });
  const server = await startProcess({
    name: 'openbao',
    command,
    args,
    directory,
    ready: () => usable().catch(() => false),
  });
  const caBundle = await ca();
  const stop = async () => {
    await server.kill(); // in memory: nothing to save
    await rm(directory, { recursive: true, force: true });
  };
  const bao = {
    address,
    rootToken,
    auditLog,
    caBundle,
    directory,
    command,
    server,
    api: client(address, caBundle),
    stop,
  };
  if (options.controlPlane) await enableKubernetesAuth(bao, options.controlPlane);
  return bao;
}

const caFile = (directory: string) => `${directory}/vault-ca.pem`;

async function serverArgs({ tls, latencyMs }: OpenBaoOptions, directory: string, auditLog: string, port: number) {
  const config = `${directory}/audit.hcl`;
  await writeFile(config, `audit "file" "log" {\n  options {\n    file_path = "${auditLog}"\n  }\n}\n`);
  return [
    ...['server', '-dev', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`],
    ...['-dev-no-store-token', `-config=${config}`],
    ...(tls ? ['-dev-tls', `-dev-tls-cert-dir=${directory}`] : []),
    ...(latencyMs === undefined ? [] : [`-dev-latency=${latencyMs}`]),
  ];
}

const trusting = (ca: string | undefined) => (ca === undefined ? {} : { ca });

function client(address: string, caBundle: string | undefined): OpenBao['api'] {
  return async (method, path, body, { token = rootToken, namespace } = {}) => {
    const headers = {
      ...(token === '' ? {} : { 'X-Vault-Token': token }),
      ...(namespace === undefined ? {} : { 'X-Vault-Namespace': namespace }),
    };
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await httpRequest(`${address}/v1/${path}`, { method, headers, ...payload, ...trusting(caBundle) });
    if (response.status >= 400) throw new OpenBaoError(`${method} ${path}`, response.status, response.body);
    return response.body === '' ? undefined : JSON.parse(response.body);
  };
}
