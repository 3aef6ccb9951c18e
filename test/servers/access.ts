import * as z from 'zod';
import { issueCertificate } from './certificates.ts';
import { certificateUser, type KubectlOptions, runKubectl, writeKubeconfig } from './kubectl.ts';

/** What a process must know to use a control plane that another one started: plain data. */
export const ControlPlaneFacts = z.object({
  server: z.string(),
  /** PEM. */
  ca: z.string(),
  adminKubeconfig: z.string(),
  directory: z.string(),
  etcdEndpoint: z.string(),
  auditLog: z.string(),
  programs: z.object({ kubectl: z.string(), helm: z.string(), etcdctl: z.string() }),
  authority: z.object({
    directory: z.string(),
    certificate: z.string(),
    key: z.string(),
    certificateFile: z.string(),
    keyFile: z.string(),
  }),
});
export type ControlPlaneFacts = Readonly<z.infer<typeof ControlPlaneFacts>>;

export interface ServiceAccount {
  readonly serviceAccount: string;
  readonly namespace: string;
}
export interface User {
  readonly user: string;
  readonly groups?: readonly string[];
}
export interface TokenOptions {
  readonly audiences?: readonly string[];
  readonly duration?: string;
}

export interface ControlPlaneAccess extends ControlPlaneFacts {
  /** Standard output; throws with standard error. As admin, unless told otherwise. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** By TokenRequest; without audiences it is good for the API server. */
  token(account: ServiceAccount, options?: TokenOptions): Promise<string>;
  /** The path of a kubeconfig: a ServiceAccount by a token of one day, a user by a client certificate, `anonymous` by nothing. */
  kubeconfigFor(identity: ServiceAccount | User | 'anonymous'): Promise<string>;
}

export function accessControlPlane(facts: ControlPlaneFacts): ControlPlaneAccess {
  const kubectl = (args: readonly string[], options: KubectlOptions = {}) => runKubectl(facts, args, options);
  const token = async (
    { serviceAccount, namespace }: ServiceAccount,
    { audiences = [], duration }: TokenOptions = {},
  ) => {
    const flags = [
      ...audiences.map(audience => `--audience=${audience}`),
      ...(duration ? [`--duration=${duration}`] : []),
    ];
    return (await kubectl(['create', 'token', serviceAccount, '--namespace', namespace, ...flags])).trim();
  };
  const credentials = async (identity: ServiceAccount | User | 'anonymous') => {
    if (identity === 'anonymous') return {};
    if ('user' in identity) {
      const subject = { commonName: identity.user, organization: identity.groups ?? [] };
      return certificateUser(await issueCertificate(facts.authority, subject));
    }
    return { token: await token(identity, { duration: '24h' }) };
  };
  const kubeconfigFor: ControlPlaneAccess['kubeconfigFor'] = async identity =>
    writeKubeconfig(facts, await credentials(identity));
  return { ...facts, kubectl, token, kubeconfigFor };
}
