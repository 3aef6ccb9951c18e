import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Result } from '../../core/result.ts';
import type { ClientConfig } from '../aws/sdk.ts';
import { openSession } from '../aws/session.ts';
import type { ProviderPorts, ProviderSession } from '../provider.ts';
import { readBatch } from './batch.ts';
import { secretsManager } from './keys.ts';
import { listNames } from './list.ts';
import { readSecret } from './read.ts';
import type { AwsSmSpec } from './spec.ts';

const calls = {
  service: secretsManager,
  connect: (config: ClientConfig) => new SecretsManagerClient(config),
  alone: readSecret,
  together: readBatch,
  list: listNames,
};

/** One login to Secrets Manager. */
export const login = (spec: AwsSmSpec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<ProviderSession>> =>
  openSession(calls, spec, ports, signal);
