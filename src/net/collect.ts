import type { Dispatcher } from 'undici';

/** A whole answer. */
export interface Collected {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

type Head = Omit<Collected, 'body'>;

/** What ends an answer before its end: each gives the error to throw. */
export interface Checks {
  readonly head?: (head: Head) => Error | undefined;
  /** Asked with the bytes of each piece of the body. */
  readonly chunk?: (bytes: number) => Error | undefined;
}

/**
 * Sends, and collects the answer; throws what undici throws, the reason of the signal, or what `checks` say of the answer.
 * undici's own `request` makes a stream of each body, which takes half of the CPU time of a short
 * call and most of its garbage.
 */
export function collect(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  checks: Checks = {},
): Promise<Collected> {
  const { promise, resolve, reject } = Promise.withResolvers<Collected>();
  let controller: Dispatcher.DispatchController | undefined;
  // A call that still waits for a connection ends at once, too, and is never sent.
  const giveUp = (why: Error): void => {
    reject(why);
    controller?.abort(why);
  };
  const abort = (): void => giveUp(signal.reason instanceof Error ? signal.reason : new Error('the call was given up'));
  let head: Head = { status: 0, headers: {} };
  const chunks: Buffer[] = [];
  signal.addEventListener('abort', abort, { once: true });
  dispatcher.dispatch(options, {
    onRequestStart: started => {
      controller = started;
      if (signal.aborted) abort();
    },
    onResponseStart: (_, status, headers) => {
      head = { status, headers };
      const why = checks.head?.(head);
      if (why) giveUp(why);
    },
    onResponseData: (_, chunk) => {
      chunks.push(chunk);
      const why = checks.chunk?.(chunk.length);
      if (why) giveUp(why);
    },
    onResponseEnd: () => resolve({ ...head, body: joined(chunks) }),
    onResponseError: (_, error) => reject(error),
  });
  return promise.finally(() => signal.removeEventListener('abort', abort));
}

const joined = (chunks: readonly Buffer[]): Buffer => {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
};
