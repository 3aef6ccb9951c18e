import { SSMClient } from '@aws-sdk/client-ssm';
import type { Result } from '../../core/result.ts';
import type { ClientConfig } from '../aws/sdk.ts';
import { openSession } from '../aws/session.ts';
import type { ProviderPorts, ProviderSession } from '../provider.ts';
import { readBatch } from './batch.ts';
import { parameterStore } from './keys.ts';
import { listNames } from './list.ts';
import { readParameter } from './read.ts';
import type { AwsSsmSpec } from './spec.ts';

const calls = {
  service: parameterStore,
  connect: (config: ClientConfig) => new SSMClient(config),
  alone: readParameter,
  together: readBatch,
  list: listNames,
};

/** One login to Parameter Store. */
export const login = (spec: AwsSsmSpec, ports: ProviderPorts, signal: AbortSignal): Promise<Result<ProviderSession>> =>
  openSession(calls, spec, ports, signal);
