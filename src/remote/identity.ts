import { type Fault, invalid } from '../core/fault.ts';
import { failed, ok, type Result } from '../core/result.ts';
import type { SecretValue } from '../core/secret-value.ts';
import type { ServiceAccount } from '../providers/provider.ts';
import type { ClusterAccess, SourceAccess } from './ports.ts';

/** As whom a source is entered. */
export interface Identity {
  /** Absent when one login serves all namespaces of the source. */
  readonly serviceAccount?: ServiceAccount;
  /** Changes with anything that a login depends on, so that a login is never used after its cause is gone. */
  readonly sessionKey: string;
}

/** A ServiceAccount carries it when a store that is this cluster's API server may be entered with it. */
export const kubernetesSourceLabel = 'shearline.dev/kubernetes-source';

/** The identity of a namespace at a source, from caches alone. */
export function identify(source: SourceAccess, namespace: string, cluster: ClusterAccess): Result<Identity> {
  const serviceAccount = serviceAccountFor(source, namespace, cluster);
  if (!serviceAccount.ok) return serviceAccount;
  const versions: string[] = [];
  for (const { name } of source.provider.needs.credentials) {
    const version = cluster.credentialVersion(source.homeNamespace, name);
    if (version === undefined) return failed(noCredential(source, name));
    versions.push(version);
  }
  const { value: account } = serviceAccount;
  const facts = account && Object.keys(account.annotations).length > 0 ? [JSON.stringify(account.annotations)] : [];
  const sessionKey = [source.uid, source.generation, account?.uid ?? '', ...versions, ...facts].join('/');
  return ok(account ? { serviceAccount: account, sessionKey } : { sessionKey });
}

/** For messages. */
export const describeIdentity = ({ serviceAccount }: Identity): string =>
  serviceAccount ? `ServiceAccount ${serviceAccount.namespace}/${serviceAccount.name}` : 'the operator';

/** That of the reference's namespace; the operator's own identities live in the source's home. */
function serviceAccountFor(
  source: SourceAccess,
  namespace: string,
  cluster: ClusterAccess,
): Result<ServiceAccount | undefined> {
  const { serviceAccount: wanted, operatorIdentity } = source.provider.needs;
  if (wanted === undefined) return ok(undefined);
  const home = operatorIdentity ? source.homeNamespace : namespace;
  const known = cluster.serviceAccount(home, wanted.name);
  if (known === undefined) return failed(noServiceAccount(source, home, wanted.name));
  if (wanted.audiences === 'this-cluster' && known.labels[kubernetesSourceLabel] !== 'true')
    return failed(notMeantForIt(source, home, wanted.name));
  const annotations = (wanted.annotations ?? []).flatMap(name => {
    const value = known.annotations[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return ok({ namespace: home, name: wanted.name, uid: known.uid, annotations: Object.fromEntries(annotations) });
}

const noServiceAccount = (source: SourceAccess, namespace: string, name: string) =>
  invalid(
    'ServiceAccountNotFound',
    `${source.label} is entered as ServiceAccount ${namespace}/${name}, which does not exist: create it, or change the source's serviceAccountRef`,
  );

const notMeantForIt = (source: SourceAccess, namespace: string, name: string) =>
  invalid(
    'SourceInvalid',
    `${source.label} is entered as ServiceAccount ${namespace}/${name}, which lacks the label ${kubernetesSourceLabel}: "true": its owner has to agree that sources use its rights in this cluster`,
  );

const noCredential = (source: SourceAccess, name: string) =>
  invalid(
    'SourceInvalid',
    `${source.label} is entered with Secret ${source.homeNamespace}/${name}, which does not exist or lacks the label shearline.dev/credential: "true"`,
  );

/**
 * Tokens of ServiceAccounts for stores. Once for each source generation and identity, a token is tried against the API
 * server before it is handed out: one that is accepted there would let the store act in the cluster.
 */
export class TokenMinter {
  readonly #cluster: ClusterAccess;
  readonly #harmless = new Map<string, Set<string>>();

  constructor(cluster: ClusterAccess) {
    this.#cluster = cluster;
  }

  async mint(source: SourceAccess, identity: Identity, signal: AbortSignal): Promise<Result<SecretValue>> {
    const { serviceAccount } = identity;
    const audiences = source.provider.needs.serviceAccount?.audiences;
    if (!serviceAccount || !audiences) throw new Error('a provider asked for a token that its needs do not name');
    // Sent to the API server alone, where it is meant to be accepted.
    if (audiences === 'this-cluster') return this.#cluster.mintToken(serviceAccount, [], signal);
    const token = await this.#cluster.mintToken(serviceAccount, audiences, signal);
    if (!token.ok || this.#isHarmless(source, identity)) return token;
    const accepted = await this.#cluster.acceptsToken(token.value, signal);
    if (!accepted.ok) return accepted;
    if (accepted.value) return failed(dangerousAudience(source, identity));
    this.#remember(source, identity);
    return token;
  }

  /** The source changed or is gone. */
  forget(sourceUid: string): void {
    this.#harmless.delete(sourceUid);
  }

  #isHarmless(source: SourceAccess, identity: Identity): boolean {
    return this.#harmless.get(source.uid)?.has(triedKey(source, identity)) ?? false;
  }

  #remember(source: SourceAccess, identity: Identity): void {
    const tried = this.#harmless.get(source.uid) ?? new Set();
    this.#harmless.set(source.uid, tried.add(triedKey(source, identity)));
  }
}

const triedKey = (source: SourceAccess, identity: Identity): string =>
  `${source.generation}/${identity.serviceAccount?.uid}`;

const dangerousAudience = (source: SourceAccess, identity: Identity): Fault =>
  invalid(
    'SourceInvalid',
    `${source.label} would hand a token of ${describeIdentity(identity)} that this cluster's API server accepts to the store; set serviceAccountRef.audiences to one that is not the API server's, such as vault`,
  );
