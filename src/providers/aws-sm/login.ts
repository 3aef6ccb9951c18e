import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mapOk, type Result } from '../../core/result.ts';
import { logIn } from '../aws/login.ts';
import { storeAddress, storeName } from '../aws/places.ts';
import { clientConfig } from '../aws/sdk.ts';
import { readTogether } from '../aws/together.ts';
import type { ProviderPorts, ProviderSession } from '../provider.ts';
import { readBatch } from './batch.ts';
import { listNames } from './list.ts';
import { secretsManager } from './names.ts';
import { readSecret } from './read.ts';
import type { AwsSmSpec } from './spec.ts';

/** One login, and what can be done with it. There is nothing to revoke: the keys end by themselves. */
export async function login(
  spec: AwsSmSpec,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Result<ProviderSession>> {
  return mapOk(await logIn(spec, ports, signal), identity => {
    const config = clientConfig(spec, storeAddress(secretsManager, spec), ports.http, identity.keys);
    const store = { name: storeName(secretsManager, spec), identity, client: new SecretsManagerClient(config) };
    const alone: ProviderSession['read'] = (request, limit) => readSecret(store, request, limit);
    return {
      ...(identity.expiresAt !== undefined && { expiresAt: identity.expiresAt }),
      read: alone,
      readMany: readTogether({ together: (requests, limit) => readBatch(store, requests, limit), alone }, ports.clock),
      list: (request, limit) => listNames(store, request, limit),
      close: async () => store.client.destroy(),
    };
  });
}
