import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { ControlPlaneAccess } from './access.ts';
import { type Authority, createAuthority, issueCertificate } from './certificates.ts';
import { answersOk, httpRequest } from './http.ts';
import { installParts } from './install.ts';
import { enableKubernetesAuth } from './openbao-auth.ts';
import { parts } from './parts.ts';
import { freePort } from './ports.ts';
import { type ServerProcess, startProcess } from './process.ts';

/** A real OpenBao in development mode: unsealed, in memory, KV version 2 at `secret/`. */
export interface OpenBao {
  readonly address: string;
  /** The same server on loopback, in plain http. */
  readonly loopback: string;
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
  /** Where it is served by TLS; default: plain http on loopback. */
  readonly tls?: TlsPlace;
  /** Each answer is late by so much. */
  readonly latencyMs?: number;
  /** Enables Kubernetes auth for it, at `kubernetes`. */
  readonly controlPlane?: ControlPlaneAccess;
}

export interface TlsPlace {
  /** An address of this machine. */
  readonly host: string;
  /** Signs its certificate; default: one of its own. */
  readonly authority?: Authority;
}

export class OpenBaoError extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`OpenBao answered ${status} to ${what}: ${body}`);
    this.status = status;
  }
}

export async function startOpenBao(options: OpenBaoOptions = {}): Promise<OpenBao> {
  const { bao: command } = await installParts([parts.openbao]);
  const directory = await mkdtemp(`${tmpdir()}/shearline-openbao-`);
  const auditLog = `${directory}/audit.log`;
  const rootToken = `root-${randomBytes(12).toString('hex')}`; // it may be served where others could come
  const port = await freePort();
  const listener = options.tls && (await listenAt(options.tls, directory));
  const args = await serverArgs(options, { directory, rootToken, port, config: [audit(auditLog), listener?.config] });
  const loopback = `http://127.0.0.1:${port}`;
  const { address, caBundle } = listener ?? { address: loopback, caBundle: undefined };
  // Healthy comes before usable: the root token and the engine at secret/ are made last.
  const headers = { 'X-Vault-Token': rootToken };
  const usable = () => answersOk(`${address}/v1/secret/config`, { headers, ...trusting(caBundle) });
  const server = await startProcess({
    name: 'openbao',
    command,
    args,
    directory,
    ready: usable,
  });
  const stop = async () => {
    await server.kill(); // in memory: nothing to save
    await rm(directory, { recursive: true, force: true });
  };
  const bao = {
    address,
    loopback,
    rootToken,
    auditLog,
    caBundle,
    directory,
    command,
    server,
    api: client({ address, caBundle, rootToken }),
    stop,
  };
  if (options.controlPlane) await enableKubernetesAuth(bao, options.controlPlane);
  return bao;
}

const audit = (file: string): string => `audit "file" "log" {\n  options {\n    file_path = "${file}"\n  }\n}\n`;

/** A listener beside that of the development mode, which is always on loopback. */
async function listenAt({ host, authority }: TlsPlace, directory: string) {
  const signer = authority ?? (await createAuthority(`${directory}/ca`));
  const { certificateFile, keyFile } = await issueCertificate(signer, { commonName: 'openbao', sans: [host] });
  const port = await freePort(host);
  const files = { tls_cert_file: certificateFile, tls_key_file: keyFile };
  const settings = Object.entries({ address: `${host}:${port}`, ...files });
  const config = `listener "tcp" {\n${settings.map(([name, value]) => `  ${name} = "${value}"\n`).join('')}}\n`;
  return { address: `https://${host}:${port}`, caBundle: signer.certificate, config };
}

interface Launched {
  readonly directory: string;
  readonly rootToken: string;
  readonly port: number;
  readonly config: readonly (string | undefined)[];
}

async function serverArgs({ latencyMs }: OpenBaoOptions, { directory, rootToken, port, config }: Launched) {
  const file = `${directory}/server.hcl`;
  await writeFile(file, config.join(''));
  return [
    ...['server', '-dev', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`],
    ...['-dev-no-store-token', `-config=${file}`],
    ...(latencyMs === undefined ? [] : [`-dev-latency=${latencyMs}`]),
  ];
}

const trusting = (ca: string | undefined) => (ca === undefined ? {} : { ca });

type Server = Pick<OpenBao, 'address' | 'caBundle' | 'rootToken'>;

function client({ address, caBundle, rootToken }: Server): OpenBao['api'] {
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
