import { type Fault, invalid } from '../core/fault.ts';
import { failed, type Result } from '../core/result.ts';
import type { SecretValue } from '../core/secret-value.ts';
import { describeIdentity, type Identity } from './identity.ts';
import type { ClusterAccess, SourceAccess } from './ports.ts';

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
