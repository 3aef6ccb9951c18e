import { authFailed } from '../../core/fault.ts';
import { failed, mapOk, type Result } from '../../core/result.ts';
import { credentialText, tokenText } from '../kit/credentials.ts';
import type { ProviderPorts, ServiceAccount } from '../provider.ts';
import type { Grant } from './oauth.ts';
import { clientIdAnnotation, type DatabricksSpec } from './spec.ts';

type Auth = DatabricksSpec['auth'];

/** The credentials of the configured login, fetched through the ports. */
export async function grantOf(
  { federation, oauth }: Auth,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  if (oauth) return withSecret(oauth, ports, signal);
  const { serviceAccount } = ports;
  if (!federation || !serviceAccount) return failed(authFailed('no login is configured'));
  return withToken(federation, serviceAccount, ports, signal);
}

async function withSecret(
  { clientId, clientSecretRef }: NonNullable<Auth['oauth']>,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  return mapOk(await credentialText(ports, clientSecretRef, signal), clientSecret => ({
    kind: 'client-credentials',
    clientId,
    clientSecret,
    principal: clientId,
    hint: `check oauth.clientId, and that Secret "${clientSecretRef.name}" has a secret of that service principal which has not expired`,
  }));
}

async function withToken(
  federation: NonNullable<Auth['federation']>,
  serviceAccount: ServiceAccount,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<Grant>> {
  const clientId = federation.clientId ?? serviceAccount.annotations[clientIdAnnotation];
  if (clientId !== undefined && !/^[A-Za-z0-9-]{1,128}$/.test(clientId)) return failed(badAnnotation(serviceAccount));
  return mapOk(await tokenText(ports, signal), subjectToken => ({
    kind: 'token-exchange',
    ...(clientId !== undefined && { clientId }),
    subjectToken,
    principal: clientId ?? subjectOf(serviceAccount),
    hint: policyHint(clientId, subjectOf(serviceAccount), federation.serviceAccountRef.audiences.join(', ')),
  }));
}

const subjectOf = ({ namespace, name }: ServiceAccount): string => `system:serviceaccount:${namespace}:${name}`;

const badAnnotation = ({ namespace, name }: ServiceAccount) =>
  authFailed(`the annotation ${clientIdAnnotation} of ServiceAccount ${namespace}/${name} is no application ID`);

/** All that has to be right: the workspace does not say which part was wrong. */
function policyHint(clientId: string | undefined, subject: string, audiences: string): string {
  const policy =
    clientId === undefined
      ? `the account must have a federation policy (or set federation.clientId, or the annotation ${clientIdAnnotation})`
      : `service principal ${clientId} must be in the workspace and have a federation policy`;
  return `${policy} with this cluster's issuer, audience ${audiences} and subject ${subject}`;
}
