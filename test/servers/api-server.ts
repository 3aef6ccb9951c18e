import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { type Authority, type createSigningKey, issueCertificate } from './certificates.ts';
import { answersOk } from './http.ts';
import type { InstalledParts } from './install.ts';
import { type ServerProcess, startProcess } from './process.ts';

/** All that an API server needs to start, and to start again with the same data and address. */
export interface ApiServer {
  readonly server: string;
  readonly auditLog: string;
  start(): Promise<ServerProcess>;
}

export interface ApiServerPlace {
  readonly programs: InstalledParts;
  readonly directory: string;
  readonly address: string;
  readonly port: number;
  readonly etcdEndpoint: string;
  readonly authority: Authority;
  readonly signing: Awaited<ReturnType<typeof createSigningKey>>;
  /** More flags than it always has. */
  readonly flags: readonly string[];
}

export async function prepareApiServer(place: ApiServerPlace): Promise<ApiServer> {
  const { directory, programs, authority } = place;
  const server = `https://${place.address}:${place.port}`;
  const policyFile = `${directory}/audit-policy.yaml`;
  const auditLog = `${directory}/audit.log`;
  await writeFile(policyFile, stringify(auditPolicy));
  const serving = await issueCertificate(authority, {
    commonName: 'kube-apiserver',
    sans: [place.address, ...servingNames],
  });
  const args = [
    ...servingFlags(place, serving.certificateFile, serving.keyFile),
    ...tokenFlags(server, place.signing),
    ...policyFlags(policyFile, auditLog),
    ...place.flags,
  ];
  const ready = () => answersOk(`${server}/readyz`, { ca: authority.certificate });
  const start = () => startProcess({ name: 'kube-apiserver', command: programs.kubeApiserver, args, directory, ready });
  return { server, auditLog, start };
}

export async function startEtcd(programs: InstalledParts, directory: string, port: number): Promise<ServerProcess> {
  const endpoint = `http://127.0.0.1:${port}`;
  const urls = ['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint];
  const peers = ['--listen-peer-urls', 'http://127.0.0.1:0'];
  const args = ['--data-dir', `${directory}/etcd`, ...urls, ...peers, '--unsafe-no-fsync', '--log-level', 'warn'];
  return startProcess({
    name: 'etcd',
    command: programs.etcd,
    args,
    directory,
    ready: () => answersOk(`${endpoint}/health`),
  });
}

/** 10.96.0.1 and the DNS names are how pods would see it. */
const servingNames = [
  '10.96.0.1',
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

const servingFlags = (
  { address, port, etcdEndpoint, authority }: ApiServerPlace,
  certificateFile: string,
  keyFile: string,
) => [
  `--etcd-servers=${etcdEndpoint}`,
  `--bind-address=${address}`,
  `--advertise-address=${address}`,
  `--secure-port=${port}`,
  '--endpoint-reconciler-type=none',
  '--service-cluster-ip-range=10.96.0.0/16',
  `--tls-cert-file=${certificateFile}`,
  `--tls-private-key-file=${keyFile}`,
  `--client-ca-file=${authority.certificateFile}`,
];

/** The issuer is the server's own URL, so that OIDC verifiers can really discover it. */
const tokenFlags = (server: string, { privateFile, publicFile }: ApiServerPlace['signing']) => [
  `--service-account-issuer=${server}`,
  `--service-account-jwks-uri=${server}/openid/v1/jwks`,
  `--api-audiences=${server}`,
  `--service-account-key-file=${publicFile}`,
  `--service-account-signing-key-file=${privateFile}`,
];

/** A size is given because the default one would rotate the log at 100 MB and an oracle must not forget. */
const policyFlags = (policyFile: string, auditLog: string) => [
  '--authorization-mode=Node,RBAC',
  '--anonymous-auth=true',
  '--enable-admission-plugins=NodeRestriction',
  '--allow-privileged=true',
  `--audit-policy-file=${policyFile}`,
  `--audit-log-path=${auditLog}`,
  '--audit-log-maxsize=100000',
];

/** Every request once, leases and events too, when it is answered; never a body. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata' }],
};
