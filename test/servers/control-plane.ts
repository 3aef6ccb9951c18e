import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { accessControlPlane, type ControlPlaneAccess } from './access.ts';
import { type ApiServer, prepareApiServer, startEtcd } from './api-server.ts';
import { createAuthority, createSigningKey, issueCertificate } from './certificates.ts';
import { startControllerManager } from './controller-manager.ts';
import { type InstalledParts, installParts } from './install.ts';
import { certificateUser, writeKubeconfig } from './kubectl.ts';
import { parts } from './parts.ts';
import { freePort } from './ports.ts';
import type { ServerProcess } from './process.ts';

/** A control plane of one's own: real etcd, kube-apiserver and kube-controller-manager. */
export interface ControlPlane extends ControlPlaneAccess {
  /** Address and data stay the same. */
  restartApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  stopApiServer(): Promise<void>;
  /** Connections stay open and nothing answers. */
  pauseApiServer(): void;
  resumeApiServer(): void;
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Makes garbage collection, namespace deletion and default ServiceAccounts real. Default: true. */
  readonly controllerManager?: boolean;
  /** Where the API server listens, so that pods can reach it. Default: 127.0.0.1. */
  readonly address?: string;
  /** More flags for the API server: `--oidc-issuer-url=…`. */
  readonly apiServerFlags?: readonly string[];
}

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const programs = await installParts([parts.etcd, parts.kubernetes, parts.kubectl]);
  const directory = await mkdtemp(`${tmpdir()}/shearline-servers-`);
  const started: ServerProcess[] = [];
  const track: Track = server => {
    started.push(server);
    return server;
  };
  const killAll = () => Promise.all(started.map(server => server.kill())); // no grace: there is nothing to save
  const stop = async () => {
    await killAll();
    if (!process.env.SHEARLINE_KEEP_SERVERS) await rm(directory, { recursive: true, force: true });
  };
  try {
    return { ...(await startAll(programs, directory, track, options)), stop };
  } catch (problem) {
    await killAll(); // the logs stay, the error names them
    throw problem;
  }
}

type Track = (server: ServerProcess) => ServerProcess;

async function startAll(
  programs: InstalledParts,
  directory: string,
  track: Track,
  { controllerManager = true, address = '127.0.0.1', apiServerFlags: flags = [] }: ControlPlaneOptions,
) {
  const [etcdPort, port, authority] = await Promise.all([freePort(), freePort(), createAuthority(`${directory}/pki`)]);
  const etcdEndpoint = `http://127.0.0.1:${etcdPort}`;
  const [signing, admin] = await Promise.all([
    createSigningKey(authority.directory),
    issueCertificate(authority, { commonName: 'admin', organization: ['system:masters'] }),
    startEtcd(programs, directory, etcdPort).then(track),
  ]);
  const apiServer = await prepareApiServer({
    programs,
    directory,
    address,
    port,
    etcdEndpoint,
    authority,
    signing,
    flags,
  });
  const { server, auditLog } = apiServer;
  const ca = authority.certificate;
  const adminKubeconfig = await writeKubeconfig({ server, ca, directory }, certificateUser(admin), 'admin.kubeconfig');
  const access = accessControlPlane({
    server,
    ca,
    adminKubeconfig,
    directory,
    etcdEndpoint,
    auditLog,
    programs,
    authority,
  });

  const controls = apiServerControls(apiServer, track);
  await controls.startApiServer();
  await letStrangersDiscoverTheIssuer(access);
  if (controllerManager) {
    const command = programs.kubeControllerManager;
    track(await startControllerManager({ access, command, signingKeyFile: signing.privateFile, admin }));
  }
  return { ...access, ...controls };
}

function apiServerControls(apiServer: ApiServer, track: Track): Omit<ControlPlane, keyof ControlPlaneAccess | 'stop'> {
  let current: ServerProcess | undefined;
  const startApiServer = async () => {
    current = track(await apiServer.start());
  };
  // It stops listening at once, but would wait up to a minute for the watches of the controller-manager.
  const stopApiServer = async () => current?.stop(1_000);
  return {
    startApiServer,
    stopApiServer,
    restartApiServer: () => stopApiServer().then(startApiServer),
    pauseApiServer: () => current?.pause(),
    resumeApiServer: () => current?.resume(),
  };
}

/** OIDC verifiers (OpenBao's jwt method, the cloud stand-ins) fetch the keys without credentials. */
async function letStrangersDiscoverTheIssuer({ kubectl }: ControlPlaneAccess): Promise<void> {
  const role = '--clusterrole=system:service-account-issuer-discovery';
  await kubectl(['create', 'clusterrolebinding', 'oidc-anon', role, '--group=system:unauthenticated']);
}
