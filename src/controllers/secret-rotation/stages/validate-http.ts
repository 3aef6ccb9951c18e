import { type ValidateSpec, type ValidationHttp, validateTimeoutMs } from '../../../api/secret-reference/validate.ts';
import { ok, type Result } from '../../../core/result.ts';
import { lookAgainMs } from './api-answer.ts';
import type { Progress, Run, StagePorts } from './stage.ts';

/** Services of teams, reached under the rules for sources of a namespace. */
export interface Checker {
  ask(question: Question, signal: AbortSignal): Promise<Result<Verdict>>;
}

export interface Question {
  /** Whose rules, name look-ups and CA bundles count. */
  readonly namespace: string;
  readonly url: string;
  readonly caBundle: ValidationHttp['caBundle'];
  /** Its name in messages. */
  readonly service: string;
  readonly body: string;
}

/** Nothing of the answer's body: nobody knows what is in it. */
export interface Verdict {
  readonly status: number;
  readonly retryAfterMs?: number | undefined;
}

/** Asks the service until it has an answer or the time is over. It is told names, and never a value. */
export async function validateByHttp(
  run: Run,
  spec: ValidateSpec,
  { url, caBundle }: ValidationHttp,
  { checker, clock }: StagePorts,
  signal: AbortSignal,
): Promise<Result<Progress>> {
  const { name: reference, namespace } = run.reference.metadata;
  const service = `the service at ${URL.parse(url)?.host ?? 'url'}`;
  const { target, candidate, previous, record } = run;
  const body = JSON.stringify({ namespace, reference, run: record.metadata.name, target, candidate, previous });
  const answer = await checker.ask({ namespace, url, caBundle, service, body }, signal);
  if (answer.ok && isYes(answer.value.status))
    return ok({ kind: 'passed', message: `${service} accepts ${candidate}` });
  if (answer.ok && isNo(answer.value.status))
    return ok(refused(`${service} answered ${answer.value.status} to ${candidate}, so it is not published`));
  // The rules of the operator, or a bundle that is none: asking again cannot help.
  if (!answer.ok && answer.fault.kind === 'invalid') return ok(refused(answer.fault.message));
  const problem = answer.ok ? `${service} answered ${answer.value.status}` : answer.fault.message;
  const waited = clock.wall() - run.since;
  if (waited >= validateTimeoutMs(spec))
    return ok({
      kind: 'failed',
      reason: 'DeadlineExceeded',
      message: `${problem}, until timeout: ${candidate} is not published`,
    });
  const soonest = Math.max(1000, (answer.ok && answer.value.retryAfterMs) || 0);
  const again = Math.min(lookAgainMs(waited, soonest, Math.max(soonest, 15_000)), validateTimeoutMs(spec) - waited);
  return ok({ kind: 'waiting', reason: 'Validating', message: `${problem}; it is asked again`, lookAgainMs: again });
}

const isYes = (status: number): boolean => status >= 200 && status < 300;
/** Too early, too slow and too many are no judgement. */
const isNo = (status: number): boolean => status >= 400 && status < 500 && ![408, 425, 429].includes(status);
const refused = (message: string): Progress => ({ kind: 'failed', reason: 'ValidationRefused', message });
