import type { Fault } from '../../src/core/fault.ts';
import { failed, ok, type Result } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import type {
  BatchRules,
  BoundProvider,
  ListAnswer,
  Needs,
  ProviderPorts,
  ProviderSession,
  ReadAnswer,
  ReadRequest,
} from '../../src/providers/provider.ts';
import type { Transport } from '../../src/remote/login.ts';
import type { ClusterAccess, KnownServiceAccount, ProviderObserver, SourceAccess } from '../../src/remote/ports.ts';
import type { FakeTime } from '../async/fake-time.ts';

export const canary = 'CANARY-7f3a';

export const never = new AbortController().signal;

/** Resolves never, or as undefined at the end of the signal: a call that hangs but listens. */
export const untilAborted = <T>(signal: AbortSignal, answer: T): Promise<T> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve(answer), { once: true }));

/** What a source needs that is entered with ServiceAccount `app` of the reference's namespace. */
export const asApp = { serviceAccount: { name: 'app', audiences: ['vault'] } } as const;

/** A store that answers what the test says, and remembers what it was asked. */
export class FakeStore {
  readonly logins: string[] = [];
  readonly reads: string[] = [];
  renewals = 0;
  revoked = 0;
  openTransports = 0;
  /** Life of a login in milliseconds; undefined: it never ends. */
  lifeMs: number | undefined;
  irreplaceable = false;
  rightsFromLogin = false;
  /** Reads that a login is good for; undefined: any number. */
  uses: number | undefined;
  batch: BatchRules | undefined;
  onReadMany: ((requests: readonly ReadRequest[]) => Promise<readonly ReadAnswer[]>) | undefined;
  readonly batches: (readonly string[])[] = [];
  /** The prefixes of lists. */
  readonly lists: string[] = [];
  onList: (signal: AbortSignal) => Promise<ListAnswer> = async () => ok([]);
  onLogin: (signal: AbortSignal) => Promise<Result<undefined>> = async () => ok(undefined);
  onRead: (request: ReadRequest, signal: AbortSignal, login: number) => Promise<ReadAnswer> = async () =>
    ok({ value: SecretValue.fromText(canary), version: '1' });
  onRenew: ((login: number) => Promise<Result<number | undefined>>) | undefined;
  onRevoke: (signal: AbortSignal) => Promise<void> = async () => undefined;
  readonly #time: FakeTime;

  constructor(time: FakeTime) {
    this.#time = time;
  }

  source(change: Partial<SourceAccess> = {}, needs: Partial<Needs> = asApp): SourceAccess {
    return {
      uid: 'source-uid',
      generation: 1,
      label: 'ClusterSecretSource vault-prod',
      namespaced: false,
      homeNamespace: 'shearline',
      provider: this.#provider({ addresses: ['https://vault.example.com'], credentials: [], ...needs }),
      ...change,
    };
  }

  openTransport = (): Result<Transport> => {
    this.openTransports += 1;
    return ok({
      request: () => Promise.reject(new Error('no request is expected')),
      close: async () => {
        this.openTransports -= 1;
      },
    });
  };

  #provider(needs: Needs): BoundProvider {
    return {
      name: 'fake',
      capabilities: ['list'],
      keyPrefixes: [],
      ...(this.batch && { batch: this.batch }),
      needs,
      canonicalKey: ok,
      canonicalPrefix: prefix => prefix,
      login: (ports, signal) => this.#login(needs, ports, signal),
    };
  }

  async #login(needs: Needs, ports: ProviderPorts, signal: AbortSignal): Promise<Result<ProviderSession>> {
    const token = needs.serviceAccount ? await ports.token(signal) : ok(SecretValue.fromText('shared'));
    if (!token.ok) return token;
    const login = this.logins.push(token.value.revealText() ?? '');
    const answer = await this.onLogin(signal);
    return answer.ok ? ok(this.#session(login)) : answer;
  }

  #session(login: number): ProviderSession {
    let usesLeft = this.uses ?? Number.POSITIVE_INFINITY;
    return {
      ...(this.lifeMs === undefined ? {} : { expiresAt: this.#time.steady() + this.lifeMs }),
      ...(this.irreplaceable ? { irreplaceable: true } : {}),
      ...(this.rightsFromLogin ? { rightsFromLogin: true } : {}),
      ...(this.uses === undefined ? {} : { usesLeft: () => Math.max(0, usesLeft) }),
      ...(this.onRenew ? { renew: () => this.#renew(login) } : {}),
      read: (request, signal) => {
        this.reads.push(request.key);
        usesLeft -= 1;
        if (usesLeft < 0) return Promise.resolve(failed({ kind: 'login-expired' }));
        return this.onRead(request, signal, login);
      },
      list: ({ prefix }, signal) => {
        this.lists.push(prefix);
        return this.onList(signal);
      },
      ...(this.onReadMany ? { readMany: requests => this.#readMany(requests) } : {}),
      close: async signal => {
        this.revoked += 1;
        await this.onRevoke(signal);
      },
    };
  }

  async #readMany(requests: readonly ReadRequest[]): Promise<readonly ReadAnswer[]> {
    this.batches.push(requests.map(({ key }) => key));
    return this.onReadMany?.(requests) ?? [];
  }

  async #renew(login: number): Promise<Result<number | undefined>> {
    this.renewals += 1;
    return this.onRenew?.(login) ?? ok(undefined);
  }
}

/** A cluster in which every namespace has every ServiceAccount. */
export class FakeCluster implements ClusterAccess {
  minted = 0;
  tried = 0;
  accepts = false;
  caBundle: Result<string> = ok('PEM');
  readonly missing = new Set<string>();
  readonly credentials = new Map<string, string>();

  readonly address = 'https://10.96.0.1';
  labels: Readonly<Record<string, string>> = {};
  annotations: Readonly<Record<string, string>> = {};

  serviceAccount(namespace: string, name: string): KnownServiceAccount | undefined {
    if (this.missing.has(`${namespace}/${name}`)) return undefined;
    return { uid: `uid-of-${namespace}-${name}`, labels: this.labels, annotations: this.annotations };
  }

  credentialVersion(namespace: string, name: string): string | undefined {
    return this.credentials.get(`${namespace}/${name}`);
  }

  async mintToken({ namespace, name }: { readonly namespace: string; readonly name: string }) {
    this.minted += 1;
    return ok(SecretValue.fromText(`${canary} of ${namespace}/${name}`));
  }

  async acceptsToken(): Promise<Result<boolean>> {
    this.tried += 1;
    return ok(this.accepts);
  }

  async configMapField(): Promise<Result<string>> {
    return this.caBundle;
  }

  async trustBundle(): Promise<Result<string>> {
    return this.caBundle;
  }

  async credentialField(): Promise<Result<SecretValue>> {
    return ok(SecretValue.fromText(canary));
  }
}

/** What was observed, as `read ok`. */
export function observed(): ProviderObserver & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    read: call => calls.push(`read ${call.outcome}`),
    login: call => calls.push(`login ${call.outcome}`),
  };
}

export const reasonOf = (result: Result<unknown>): Fault['reason'] | 'ok' => (result.ok ? 'ok' : result.fault.reason);
