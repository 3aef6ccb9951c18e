import * as z from 'zod';
import type { ControlPlaneAccess } from '../../servers/access.ts';
import { issueCertificate } from '../../servers/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../servers/control-plane.ts';
import { httpRequest } from '../../servers/http.ts';
import { until } from '../../servers/process.ts';

export const audience = 'other-cluster';

/** A second real cluster, which trusts the ServiceAccounts of the first one for one audience. */
export interface OtherCluster {
  readonly controlPlane: ControlPlane;
  /** The whole name under which it knows a ServiceAccount of the first cluster. */
  userOf(namespace: string, name: string): string;
  /** As an administrator; answers the parsed body. Throws unless it worked. */
  admin(method: string, path: string, body?: object): Promise<Stored>;
}

export type Stored = z.infer<typeof Stored>;
const Stored = z.object({
  metadata: z.object({ name: z.string().optional(), resourceVersion: z.string().optional() }),
  status: z.object({ token: z.string().optional() }).optional().catch(undefined),
});

export async function startOtherCluster(first: ControlPlaneAccess): Promise<OtherCluster> {
  const controlPlane = await startControlPlane({
    controllerManager: false,
    apiServerFlags: [
      `--oidc-issuer-url=${first.server}`,
      `--oidc-ca-file=${first.authority.certificateFile}`,
      `--oidc-client-id=${audience}`,
      '--oidc-username-claim=sub',
    ],
  });
  const { certificate: cert, key } = await issueCertificate(controlPlane.authority, {
    commonName: 'tests',
    organization: ['system:masters'],
  });
  const admin: OtherCluster['admin'] = async (method, path, body) => {
    const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const url = `${controlPlane.server}${path}`;
    const answer = await httpRequest(url, { method, headers, ca: controlPlane.ca, cert, key, ...payload });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return Stored.parse(JSON.parse(answer.body));
  };
  await untilItTrusts(controlPlane, await first.token(await anyAccount(first), { audiences: [audience] }));
  return {
    controlPlane,
    admin,
    userOf: (namespace, name) => `${first.server}#system:serviceaccount:${namespace}:${name}`,
  };
}

async function anyAccount({ kubectl }: ControlPlaneAccess) {
  await until('the default ServiceAccount', () =>
    kubectl(['--namespace', 'default', 'get', 'serviceaccount', 'default']).then(
      () => true,
      () => false,
    ),
  );
  return { namespace: 'default', serviceAccount: 'default' };
}

/** The keys of an issuer are fetched after the server is ready. */
async function untilItTrusts({ server, ca }: ControlPlane, token: string): Promise<void> {
  const body = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const asked = () => httpRequest(`${server}${path}`, { method: 'POST', headers, body, ca });
  await until('the other cluster to trust this one', async () => (await asked()).status === 201);
}

/** Lets users read what is in a namespace, by RBAC; `verbs` as `get`, `list`. */
export async function allow(
  { admin }: OtherCluster,
  namespace: string,
  users: readonly string[],
  rule: { readonly verbs: readonly string[]; readonly resources: readonly string[] },
): Promise<void> {
  const base = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const apiGroup = 'rbac.authorization.k8s.io';
  const { metadata } = await admin('POST', `${base}/roles`, {
    metadata: { generateName: 'readers-' },
    rules: [{ apiGroups: [''], ...rule }],
  });
  await admin('POST', `${base}/rolebindings`, {
    metadata: { generateName: 'readers-' },
    roleRef: { apiGroup, kind: 'Role', name: metadata.name },
    subjects: users.map(name => ({ apiGroup, kind: 'User', name })),
  });
}
