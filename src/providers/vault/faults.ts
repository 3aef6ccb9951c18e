import type { Fault } from '../../core/fault.ts';
import { invalid, throttled, unavailable, unusable } from '../../core/fault.ts';
import type { HttpAnswer, HttpFault } from '../../net/http.ts';
import { ErrorList, Health, understood } from './answers.ts';

/** What it means that there is no answer. `store` is the store's name in messages. */
export function transportFault(store: string, fault: HttpFault): Fault {
  switch (fault.kind) {
    case 'egress':
      return invalid('SourceInvalid', `${store} may not be reached by this source: ${fault.rule}`);
    case 'redirect':
      return unavailable(`${store} redirects elsewhere, and tokens follow no redirect: set address to the active node`);
    case 'body-too-large':
      return unusable(`${store} answered with more than may be read at once`);
    case 'deadline':
      return unavailable(`${store} did not answer in time`);
    case 'tls':
      return unavailable(`${store} ${tlsProblems[fault.why]}`);
    case 'network':
      return unavailable(`${store} ${networkProblems[fault.why]}`);
    case 'aborted':
      return unavailable(`the call to ${store} was given up`);
    default:
      return fault satisfies never;
  }
}

/** What a status means wherever it appears; undefined when it depends on what was asked. */
export function statusFault(store: string, answer: HttpAnswer): Fault | undefined {
  const { status } = answer;
  if (status === 429 && !understood(Health, answer))
    return throttled(`${store} asks for fewer requests (429)`, answer.retryAfterMs);
  if (status === 503 && saysOneOf(answer, /\bsealed\b/i)) return unavailable(`${store} is sealed`);
  if (saysOneOf(answer, /^upgrading from non-versioned/i)) return unavailable(`${store} is upgrading its KV engine`);
  const problem = statusProblems[status] ?? (status >= 500 ? `has a problem of its own (status ${status})` : undefined);
  return problem === undefined ? undefined : unavailable(`${store} ${problem}`);
}

/** Whether the store's list of errors has such a sentence. The sentence itself goes nowhere. */
export function saysOneOf(answer: HttpAnswer, sentence: RegExp): boolean {
  return understood(ErrorList, answer)?.errors.some(error => sentence.test(error)) ?? false;
}

/** An answer that the API does not have. */
export const notVault = (store: string, status: number): Fault =>
  unavailable(`${store} gave an answer (status ${status}) that is not Vault's: is a proxy or login page in between?`);

const tlsProblems = {
  untrusted: 'shows a certificate that is not signed by an authority of caBundle (without one: of the system)',
  expired: 'shows a certificate that has expired or is not valid yet',
  'wrong-host': 'shows a certificate that is not made out to the host of address',
  handshake: 'does not speak TLS as it should: is the address plain http?',
} as const;

const networkProblems = {
  refused: 'refuses connections',
  reset: 'broke the connection',
  unresolved: 'cannot be found: its host name does not resolve',
  truncated: 'broke the connection in the middle of an answer',
  other: 'gave an answer that cannot be read',
} as const;

const statusProblems: Readonly<Record<number, string>> = {
  412: 'has not caught up with a recent write yet',
  429: 'is a standby and has no active node to ask',
  472: 'is a disaster-recovery secondary, which serves no secrets',
  473: 'is a performance standby and has no active node to ask',
  501: 'is not initialised',
};
