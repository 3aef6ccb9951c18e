import { accessDenied, type Fault, throttled, unavailable } from '../../core/fault.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { transportFault } from '../kit/http-faults.ts';
import { parseBody } from '../kit/json-body.ts';
import type { LoginExpired } from '../provider.ts';
import { ErrorInfo, RetryInfo, RpcStatus } from './answers.ts';
import type { NoReply, Store } from './store.ts';

/** How a Google API says no, with one name for each meaning: gRPC numbers and HTTP statuses both go back to it. */
export interface Problem {
  /** `NOT_FOUND`, `PERMISSION_DENIED`… */
  readonly status: string;
  /** Only matched against known sentences. */
  readonly message: string;
  /** Of google.rpc.ErrorInfo: `SERVICE_DISABLED`… */
  readonly reason?: string;
}

/** Undefined when the answer is not Google's. */
export function problemOf(answer: HttpAnswer): Problem | undefined {
  const said = parseBody(RpcStatus, answer)?.error;
  if (!said) return undefined;
  const reason = said.details.map(detail => ErrorInfo.safeParse(detail).data?.reason).find(each => each !== undefined);
  return { status: said.status, message: said.message, ...(reason !== undefined && { reason }) };
}

/** What a status means wherever it appears; undefined when it depends on what was asked. */
export function busyFault(store: string, answer: HttpAnswer): Fault | undefined {
  const { status } = answer;
  if (status === 429)
    return throttled(`${store} asks for fewer requests (429)`, answer.retryAfterMs ?? delayOf(answer));
  const passing = status >= 500 || [408, 409, 499].includes(status);
  return passing ? unavailable(`${store} has a problem of its own (status ${status})`) : undefined;
}

/** An answer that the API does not have. */
export const notGoogle = (store: string, status: number): Fault =>
  unavailable(`${store} gave an answer (status ${status}) that is not Google's: is a proxy or login page in between?`);

/** What was asked, for messages: `read warehouse`, and the role that allows it. */
export interface Asked {
  readonly what: string;
  readonly role: string;
}

/** Why a call has no answer, but for what its caller knows better. */
export function replyFault(store: Store, { what, role }: Asked, reply: NoReply): Fault | LoginExpired {
  if (reply.kind === 'no-answer') return transportFault(store.name, reply.fault);
  if (reply.kind === 'nonsense') return notGoogle(store.name, 200);
  const { answer } = reply;
  const busy = busyFault(store.name, answer);
  if (busy) return busy;
  if (answer.status === 401) return { kind: 'login-expired' };
  const problem = problemOf(answer);
  if (answer.status === 403) return accessDenied(`${store.name} refused to ${what}: ${mendOf(store, role, problem)}`);
  if (!problem) return notGoogle(store.name, answer.status);
  return accessDenied(
    `${store.name} refused to ${what} (status ${answer.status}): check project, location and endpoint`,
  );
}

function mendOf({ spec, principal }: Store, role: string, problem: Problem | undefined): string {
  const { project } = spec;
  switch (problem?.reason) {
    case 'SERVICE_DISABLED':
      return `the API is not enabled: gcloud services enable secretmanager.googleapis.com --project ${project}`;
    case 'CONSUMER_INVALID':
      return `there is no project ${project}: check the source's project`;
    case 'BILLING_DISABLED':
      return `project ${project} has no billing account`;
    case 'SECURITY_POLICY_VIOLATED':
      return 'a perimeter of VPC Service Controls keeps the cluster out';
    default:
      return `grant ${role} to ${principal}`;
  }
}

function delayOf(answer: HttpAnswer): number | undefined {
  const details = parseBody(RpcStatus, answer)?.error.details ?? [];
  const delay = details.map(detail => RetryInfo.safeParse(detail).data?.retryDelay).find(each => each !== undefined);
  return delay === undefined ? undefined : Math.min(Number(delay.slice(0, -1)) * 1000, 3_600_000);
}
