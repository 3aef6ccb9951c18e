import type { GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { accessDenied, unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { answerOf, notAws } from '../aws/refusal.ts';
import { madeAt } from '../kit/made-at.ts';
import type { ReadAnswer, ReadRequest } from '../provider.ts';
import { readFault, type SecretsStore } from './faults.ts';
import { pinOf } from './keys.ts';

/** One read of one secret. */
export async function readSecret(store: SecretsStore, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
  const pin = pinOf(request.version);
  if (!pin.ok) return pin;
  const command = new GetSecretValueCommand({ SecretId: request.key, ...pin.value });
  const answer = await answerOf(options => store.client.send(command, options), signal);
  return answer.ok ? served(store, request, answer.value) : failed(readFault(store, request, answer.fault));
}

type Served = Pick<GetSecretValueCommandOutput, 'Name' | 'SecretString' | 'SecretBinary' | 'VersionId' | 'CreatedDate'>;

/** The answer has to bear the very name that was allowed, whatever else AWS may take that name for. */
export function served(store: SecretsStore, { key }: ReadRequest, answer: Served): ReadAnswer {
  const { Name, SecretString, SecretBinary, VersionId, CreatedDate } = answer;
  const value = SecretString === undefined ? bytesOf(SecretBinary) : SecretValue.fromText(SecretString);
  if (Name === undefined || VersionId === undefined) return failed(notAws(store.name, 200));
  if (Name !== key) return failed(accessDenied(`${store.name} answered for another secret than ${key}`));
  if (value === undefined) return failed(unusable(`${key} in ${store.name} has neither text nor bytes: put a value`));
  return ok({ value, version: VersionId, ...madeAt(CreatedDate) });
}

const bytesOf = (binary: Uint8Array | undefined): SecretValue | undefined => binary && new SecretValue(binary);
