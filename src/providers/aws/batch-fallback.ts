import type { Clock } from '../../core/clock.ts';
import type { Fault } from '../../core/fault.ts';
import { failed, type Result } from '../../core/result.ts';
import type { LoginExpired, ReadAnswer, ReadRequest } from '../provider.ts';

/** How a store reads several keys in one call, and one. */
export interface BatchReads {
  /** Answers by request; those that it leaves out are read alone. Fails when the call as a whole did. */
  readBatch(requests: readonly ReadRequest[], signal: AbortSignal): Promise<Result<Answers, Fault | LoginExpired>>;
  readSingle(request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer>;
}
export type Answers = ReadonlyMap<ReadRequest, ReadAnswer>;

const rememberMs = 3_600_000;

/**
 * Reads in one call, and one by one where that does not work:
 *
 *   the call is refused ── each alone ─┬─ some are refused: for an hour these are read alone, so that the others can go in one call
 *                                      └─ none is: it is the call itself that is not allowed, for an hour all go alone
 */
export function readWithFallback({ readBatch: together, readSingle: alone }: BatchReads, clock: Clock) {
  const singleUntil = new Map<string, number>();
  let noBatchUntil = 0;

  const mustBeSingle = ({ key }: ReadRequest): boolean => {
    const now = clock.steady();
    return now < noBatchUntil || now < (singleUntil.get(key) ?? 0);
  };

  const remember = (requests: readonly ReadRequest[], answers: readonly ReadAnswer[]): void => {
    const now = clock.steady();
    const until = now + rememberMs;
    for (const [key, end] of singleUntil) if (end <= now) singleUntil.delete(key);
    const refusedAlone = requests.filter((_, index) => isRefused(answers[index]));
    for (const { key } of refusedAlone) singleUntil.set(key, until);
    if (refusedAlone.length === 0) noBatchUntil = until;
  };

  const batchAnswers = async (requests: readonly ReadRequest[], signal: AbortSignal): Promise<Answers> => {
    if (requests.length < 2) return new Map();
    const answer = await together(requests, signal);
    if (answer.ok) return answer.value;
    const { fault } = answer;
    if (isTransient(fault)) return new Map(requests.map(request => [request, failed(fault)]));
    const answers = await Promise.all(requests.map(request => alone(request, signal)));
    if (!answers.some(each => !each.ok && isTransient(each.fault))) remember(requests, answers);
    return new Map(requests.flatMap((request, index) => pairOf(request, answers[index])));
  };

  return async (requests: readonly ReadRequest[], signal: AbortSignal): Promise<readonly ReadAnswer[]> => {
    const answers = await batchAnswers(
      requests.filter(request => !mustBeSingle(request)),
      signal,
    );
    return Promise.all(requests.map(async request => answers.get(request) ?? alone(request, signal)));
  };
}

const pairOf = (
  request: ReadRequest,
  answer: ReadAnswer | undefined,
): readonly (readonly [ReadRequest, ReadAnswer])[] => (answer ? [[request, answer]] : []);

/** An absent key spoils no batch. */
const isRefused = (answer: ReadAnswer | undefined): boolean => answer?.ok === false && answer.fault.kind !== 'absent';

/** It says nothing about any one key. */
const isTransient = ({ kind }: Fault | LoginExpired): boolean =>
  kind === 'unavailable' || kind === 'throttled' || kind === 'login-expired';
