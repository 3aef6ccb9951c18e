import type { Dispatcher } from 'undici';
import { onAbort } from '../async/deadline.ts';
import { HttpFailure } from './failure.ts';
import type { HttpFault } from './http.ts';

/** A whole answer. */
export interface Collected extends Head {
  readonly body: Buffer;
}

export interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What ends a call before the end of its answer. */
export interface CallLimits {
  /** It ends as `aborted`. */
  readonly signal: AbortSignal;
  /** Milliseconds from now to the last byte; then it ends as `deadline`. */
  readonly deadlineMs: number;
}

/** What an answer is looked at for while it comes. */
export interface AnswerChecks {
  /** What is wrong with an answer that begins like this. */
  readonly head?: (head: Head) => HttpFault | undefined;
  /** What is wrong with so many more bytes of the body. */
  readonly chunk?: (bytes: number) => HttpFault | undefined;
}

/** A call that was sent, or waits for a connection. */
export interface Call {
  /** Rejects with what undici throws, or with an `HttpFailure` when a limit ends it or it is given up. */
  readonly answer: Promise<Collected>;
  /** Whether the head of an answer has come. No getter: in an object of each call it takes a slow path of V8. */
  answered(): boolean;
  giveUp(why: HttpFault): void;
}

/**
 * Sends, and collects the answer. undici's own `request` makes a stream of each body, which takes half of the CPU time of a
 * short call and most of its garbage.
 */
export function collect(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: CallLimits & AnswerChecks,
): Call {
  const { promise, resolve, reject } = Promise.withResolvers<Collected>();
  let controller: Dispatcher.DispatchController | undefined;
  let head: Head = { status: 0, headers: {} };
  let givenUp: HttpFailure | undefined;
  let forget = (): void => undefined;
  const chunks: Buffer[] = [];
  const settle = (): void => {
    clearTimeout(timer);
    forget();
  };
  const fail = (error: Error): void => {
    settle();
    reject(error);
  };
  const giveUp = (why: HttpFault | undefined): void => {
    if (why === undefined) return;
    givenUp = new HttpFailure(why);
    fail(givenUp);
    controller?.abort(givenUp);
  };
  const timer = setTimeout(giveUp, limits.deadlineMs, { kind: 'deadline' });
  forget = onAbort(limits.signal, () => giveUp({ kind: 'aborted' }));
  dispatcher.dispatch(options, {
    onRequestStart: started => {
      controller = started;
      // It has waited for a connection until now, and is never sent.
      if (givenUp) started.abort(givenUp);
    },
    onResponseStart: (_, status, headers) => {
      head = { status, headers };
      giveUp(limits.head?.(head));
    },
    onResponseData: (_, chunk) => {
      chunks.push(chunk);
      giveUp(limits.chunk?.(chunk.length));
    },
    onResponseEnd: () => {
      settle();
      resolve({ ...head, body: joined(chunks) });
    },
    onResponseError: (_, error) => fail(error),
  });
  return {
    answer: promise,
    giveUp,
    answered: () => head.status > 0,
  };
}

const joined = (chunks: readonly Buffer[]): Buffer => {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
};
