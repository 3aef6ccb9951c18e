import type { Parameter } from '@aws-sdk/client-ssm';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { accessDenied, unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { answerOf, codeOf, notAws } from '../aws/refusal.ts';
import { madeAt } from '../kit/made-at.ts';
import { readCounted } from '../kit/previous.ts';
import type { ReadAnswer, ReadRequest } from '../provider.ts';
import { type ParameterStore, readFault } from './faults.ts';
import { namesFor, selectorOf } from './keys.ts';

/** One read of one parameter. */
export const readParameter = (store: ParameterStore, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> =>
  readCounted(request, store.name, counted => readVersion(store, counted, signal));

/** A name without "/" may be written with one in front: then both are asked for. */
async function readVersion(store: ParameterStore, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
  const selector = selectorOf(request);
  if (!selector.ok) return selector;
  const [first, ...others] = namesFor(request.key);
  let answer = await ask(store, `${first}${selector.value}`, signal);
  for (const name of others) {
    if (answer.ok || !codeOf(answer.fault).startsWith('ParameterNotFound')) break;
    answer = await ask(store, `${name}${selector.value}`, signal);
  }
  if (!answer.ok) return failed(readFault(store, request, answer.fault));
  return served(store, request, answer.value.Parameter ?? {});
}

const ask = (store: ParameterStore, name: string, signal: AbortSignal) =>
  answerOf(
    options => store.client.send(new GetParameterCommand({ Name: name, WithDecryption: true }), options),
    signal,
  );

/** The answer has to bear the very name that was allowed. What only refers to a secret elsewhere has version 0: none. */
export function served(store: ParameterStore, { key }: ReadRequest, answer: Parameter): ReadAnswer {
  const { Name, Value, Version, LastModifiedDate } = answer;
  if (Name === undefined) return failed(notAws(store.name, 200));
  if (!namesFor(key).includes(Name))
    return failed(accessDenied(`${store.name} answered for another parameter than ${key}`));
  if (Value === undefined) return failed(unusable(`${key} in ${store.name} has no value: put one`));
  return ok({
    value: SecretValue.fromText(Value),
    ...(Version && { version: `${Version}`, ...madeAt(LastModifiedDate) }),
  });
}
