import { BatchGetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Fault } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Answers } from '../aws/batch-fallback.ts';
import { answerOf, notAws } from '../aws/refusal.ts';
import { ErrorText } from '../kit/json-body.ts';
import type { LoginExpired, ReadAnswer, ReadRequest } from '../provider.ts';
import { readFault, type SecretsStore } from './faults.ts';
import { served } from './read.ts';

/** Up to 20 secrets in one call, each with an answer of its own. Needs a right of its own. */
export async function readBatch(
  store: SecretsStore,
  requests: readonly ReadRequest[],
  signal: AbortSignal,
): Promise<Result<Answers, Fault | LoginExpired>> {
  const names = [...new Set(requests.map(({ key }) => key))];
  const command = new BatchGetSecretValueCommand({ SecretIdList: names });
  const answer = await answerOf(options => store.client.send(command, options), signal);
  if (!answer.ok) return failed(readFault(store, { key: 'several secrets at once' }, answer.fault));
  const { SecretValues = [], Errors = [] } = answer.value;
  if (SecretValues.length + Errors.length === 0) return failed(notAws(store.name, 200));
  const answers = new Map<ReadRequest, ReadAnswer>();
  for (const request of requests) {
    const value = SecretValues.find(({ Name }) => Name === request.key);
    const error = Errors.find(({ SecretId }) => SecretId !== undefined && isOf(request, SecretId));
    if (value) answers.set(request, served(store, request, value));
    else if (error) answers.set(request, failed(entryFault(store, request, error)));
  }
  return ok(answers);
}

interface EntryError {
  readonly ErrorCode?: string | undefined;
  readonly Message?: string | undefined;
}

/** An entry's error has the codes of a single read. */
function entryFault(
  store: SecretsStore,
  request: ReadRequest,
  { ErrorCode, Message }: EntryError,
): Fault | LoginExpired {
  const [code, text] = [ErrorText.parse(ErrorCode ?? 'Unknown'), ErrorText.parse(Message ?? '')];
  return readFault(store, request, { kind: 'refused', status: 400, code, text });
}

/** By name, as asked, or by ARN. */
const isOf = ({ key }: ReadRequest, id: string): boolean =>
  id === key || (id.at(-7) === '-' && id.slice(0, -7).endsWith(`:secret:${key}`));
