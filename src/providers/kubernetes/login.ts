import { authFailed, type Fault } from '../../core/fault.ts';
import { failed, mapOk, ok, type Result } from '../../core/result.ts';
import { brief, type HttpAnswer } from '../../net/http.ts';
import { baseUrl } from '../kit/address.ts';
import { credentialText, tokenText } from '../kit/credentials.ts';
import { parseBody } from '../kit/json-body.ts';
import { mintedTokenMs, type ProviderPorts, type ProviderSession } from '../provider.ts';
import { WhoAmI } from './answers.ts';
import { notKubernetes, storeFault } from './faults.ts';
import { listKeys } from './list.ts';
import { readKey } from './read.ts';
import type { KubernetesSpec } from './spec.ts';
import { call, type Store } from './store.ts';

/** A token is the whole login. Another cluster is asked once who it takes the token for. */
export async function login(
  spec: KubernetesSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  const started = ports.clock.steady();
  const token = spec.auth.token
    ? await credentialText(ports, spec.auth.token.secretRef, signal)
    : await tokenText(ports, signal);
  if (!token.ok) return token;
  const own = placeOfServer(spec, ports);
  const store = own.ok
    ? await introduced(spec, ports, { ...own.value, http: ports.http, token: token.value }, signal)
    : own;
  return store.ok ? ok(sessionOf(store.value, spec.auth.token ? undefined : started + mintedTokenMs)) : store;
}

function placeOfServer({ server }: KubernetesSpec, { clusterAddress }: ProviderPorts) {
  const address = baseUrl('server.address', server?.address ?? clusterAddress, 'https://api.example.com:6443');
  const name = server ? `the API server at ${URL.parse(server.address)?.host}` : 'the API server of this cluster';
  return mapOk(address, base => ({ name, address: base }));
}

const sessionOf = (store: Store, expiresAt: number | undefined): ProviderSession => ({
  ...(expiresAt !== undefined && { expiresAt }),
  read: (request, signal) => readKey(store, request, signal),
  list: (request, signal) => listKeys(store, request, signal),
  close: async () => undefined,
});

/** This cluster knows its ServiceAccounts by their names; another one may know them by others, or not at all. */
async function introduced(
  spec: KubernetesSpec,
  { serviceAccount }: ProviderPorts,
  store: Omit<Store, 'subject'>,
  signal: AbortSignal,
): Promise<Result<Store>> {
  const account = serviceAccount && `ServiceAccount ${serviceAccount.namespace}/${serviceAccount.name}`;
  if (!spec.server) return ok({ ...store, subject: account ?? 'this login' });
  const answer = await call({ ...store, http: brief(store.http) }, whoAmI, signal);
  if (!answer.ok) return answer;
  if (answer.value.status === 401) return failed(refused(spec, store.name, account));
  const fault = storeFault(store, answer.value);
  if (fault) return failed(fault);
  const username = parseBody(WhoAmI, answer.value)?.status.userInfo.username;
  if (username === undefined && !isSilent(answer.value)) return failed(notKubernetes(store, answer.value.status));
  return ok({ ...store, subject: subjectOf(username) ?? 'the user of this login (kubectl auth whoami)' });
}

/** An old cluster, or one that lets its users not even ask that. */
const isSilent = ({ status }: HttpAnswer): boolean => [403, 404, 405].includes(status);

const whoAmI = {
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
};

/** Shown only in the form of ServiceAccounts, before which an issuer may stand: a stranger could answer with the token. */
const subjectOf = (username = ''): string | undefined =>
  /^[a-z0-9:/.#_@-]{0,128}system:serviceaccount:[a-z0-9-]{1,63}:[a-z0-9.-]{1,253}$/.test(username)
    ? `user "${username}"`
    : undefined;

function refused({ auth }: KubernetesSpec, store: string, account: string | undefined): Fault {
  if (auth.token)
    return authFailed(
      `${store} refused the token in Secret "${auth.token.secretRef.name}": it has ended, or is another cluster's`,
    );
  const audiences = auth.serviceAccountRef?.audiences?.join(', ');
  return authFailed(
    `${store} refused the token of ${account}: it must trust this cluster's issuer for the audience ${audiences} (its --authentication-config)`,
  );
}
