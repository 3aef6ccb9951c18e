import { GetParametersCommand } from '@aws-sdk/client-ssm';
import type { Fault } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Answers } from '../aws/batch-fallback.ts';
import { answerOf, notAws } from '../aws/refusal.ts';
import type { LoginExpired, ReadAnswer, ReadRequest } from '../provider.ts';
import { noKey, type ParameterStore, readFault } from './faults.ts';
import { namesFor } from './keys.ts';
import { served } from './read.ts';

/** Up to 10 parameters in one call. One that the login may not read makes AWS refuse the whole call. */
export async function readBatch(
  store: ParameterStore,
  requests: readonly ReadRequest[],
  signal: AbortSignal,
): Promise<Result<Answers, Fault | LoginExpired>> {
  const names = [...new Set(requests.map(({ key }) => namesFor(key)[0]))];
  const command = new GetParametersCommand({ Names: names, WithDecryption: true });
  const answer = await answerOf(options => store.client.send(command, options), signal);
  if (!answer.ok) return failed(readFault(store, { key: 'several parameters at once' }, answer.fault));
  const { Parameters = [], InvalidParameters = [] } = answer.value;
  if (Parameters.length + InvalidParameters.length === 0) return failed(notAws(store.name, 200));
  const answers = new Map<ReadRequest, ReadAnswer>();
  for (const request of requests) {
    const [name, ...others] = namesFor(request.key);
    const found = Parameters.find(({ Name }) => Name === name);
    if (found) answers.set(request, served(store, request, found));
    else if (InvalidParameters.includes(name) && others.length === 0)
      answers.set(request, failed(noKey(store, request)));
  }
  return ok(answers);
}
