import type { Fault } from '../../core/fault.ts';
import { throttled, unavailable } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import { ErrorList, Health } from './answers.ts';

/** What a status means wherever it appears; undefined when it depends on what was asked. */
export function statusFault(store: string, answer: HttpAnswer): Fault | undefined {
  const { status } = answer;
  if (status === 429 && !parseBody(Health, answer))
    return throttled(`${store} asks for fewer requests (429)`, answer.retryAfterMs);
  if (status === 503 && saysOneOf(answer, /\bsealed\b/i)) return unavailable(`${store} is sealed`);
  if (saysOneOf(answer, /^upgrading from non-versioned/i)) return unavailable(`${store} is upgrading its KV engine`);
  const problem = statusProblems[status] ?? (status >= 500 ? `has a problem of its own (status ${status})` : undefined);
  return problem === undefined ? undefined : unavailable(`${store} ${problem}`);
}

/** Whether the store's list of errors has such a sentence. The sentence itself goes nowhere. */
export function saysOneOf(answer: HttpAnswer, sentence: RegExp): boolean {
  return parseBody(ErrorList, answer)?.errors.some(error => sentence.test(error)) ?? false;
}

/** An answer that the API does not have. */
export const notVault = (store: string, status: number): Fault =>
  unavailable(`${store} gave an answer (status ${status}) that is not Vault's: is a proxy or login page in between?`);

const statusProblems: Readonly<Record<number, string>> = {
  412: 'has not caught up with a recent write yet',
  429: 'is a standby and has no active node to ask',
  472: 'is a disaster-recovery secondary, which serves no secrets',
  473: 'is a performance standby and has no active node to ask',
  501: 'is not initialised',
};
