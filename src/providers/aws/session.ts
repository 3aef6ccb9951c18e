import type { Fault } from '../../core/fault.ts';
import { mapOk, type Result } from '../../core/result.ts';
import type {
  ListAnswer,
  ListRequest,
  LoginExpired,
  ProviderPorts,
  ProviderSession,
  ReadAnswer,
  ReadRequest,
} from '../provider.ts';
import { type Answers, readWithFallback } from './batch-fallback.ts';
import { type Service, storeAddress, storeName } from './endpoints.ts';
import { logIn } from './login.ts';
import { type ClientConfig, clientConfig } from './sdk.ts';
import type { AwsSpec } from './spec.ts';
import type { AwsStore } from './store.ts';

/** What one of the stores is asked, and by which client of the SDK. */
export interface AwsCalls<Client> {
  readonly service: Service;
  connect(config: ClientConfig): Client;
  alone(store: AwsStore<Client>, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer>;
  together(
    store: AwsStore<Client>,
    requests: readonly ReadRequest[],
    signal: AbortSignal,
  ): Promise<Result<Answers, Fault | LoginExpired>>;
  list(store: AwsStore<Client>, request: ListRequest, signal: AbortSignal): Promise<ListAnswer>;
}

/** One login, and what can be done with it. There is nothing to revoke: the keys end by themselves. */
export async function openSession<Client extends { destroy(): void }>(
  { service, connect, alone, together, list }: AwsCalls<Client>,
  spec: AwsSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  return mapOk(await logIn(spec, ports, signal), identity => {
    const config = clientConfig(spec, storeAddress(service, spec), ports.http, identity.keys);
    const store = { name: storeName(service, spec), identity, client: connect(config) };
    const read: ProviderSession['read'] = (request, limit) => alone(store, request, limit);
    return {
      ...(identity.expiresAt !== undefined && { expiresAt: identity.expiresAt }),
      read,
      readMany: readWithFallback(
        { readBatch: (requests, limit) => together(store, requests, limit), readSingle: read },
        ports.clock,
      ),
      list: (request, limit) => list(store, request, limit),
      close: async () => store.client.destroy(),
    };
  });
}
