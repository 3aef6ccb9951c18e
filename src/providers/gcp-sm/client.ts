// The package's entry would load all message classes and the beta client, too: 6 MB that nobody uses.
import { SecretManagerServiceClient } from '@google-cloud/secret-manager/build/src/v1/secret_manager_service_client.js';
import { onAbort } from '../../async/deadline.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { SecretValue } from '../../core/secret-value.ts';
import type { ProviderHttp } from '../../net/http.ts';
import { parseBody } from '../kit/json-body.ts';
import { GoogleAnswer } from './answers.ts';
import { secretManager } from './endpoints.ts';
import { withoutCompiling } from './messages.ts';
import type { GcpSmSpec } from './spec.ts';
import type { Method, NoReply, Request, SecretManager } from './store.ts';
import { bearer } from './token-call.ts';

/**
 * The SDK over REST. It builds the requests and takes the answers apart; our transport sends them, with the one token
 * of this login: given such an `auth`, the SDK looks for no credentials and no metadata server.
 */
export async function createClient(spec: GcpSmSpec, token: SecretValue, http: ProviderHttp): Promise<SecretManager> {
  const { hostname, port } = new URL(secretManager(spec));
  const options = {
    fallback: true,
    auth: sender(token, http),
    apiEndpoint: hostname,
    port: Number(port || 443),
    universeDomain: 'googleapis.com', // or the environment would be asked
  };
  withoutCompiling();
  // The SDK's types ask for Google's own class; what it calls is `fetch`.
  const sdk: SecretManagerServiceClient = Reflect.construct(SecretManagerServiceClient, [options]);
  await sdk.initialize();
  return { call: (method, request, signal) => call(sdk, method, request, signal) };
}

/** No retries, which are drawn on the source; no pages fetched unasked. */
const once = { retry: { retryCodes: [] }, autoPaginate: false };

/** The inner calls: the outer ones print each answer, values and all, when GOOGLE_SDK_NODE_LOGGING is set. */
async function call(
  { innerApiCalls }: SecretManagerServiceClient,
  method: Method,
  request: Request,
  signal: AbortSignal,
): Promise<Result<unknown, NoReply>> {
  const started: CancellableCall = innerApiCalls[method]?.(request, once);
  const settled = started.then(
    ([answer, , raw]) => ok(raw ?? answer),
    (problem: unknown) => failed(problem instanceof NoAnswer ? problem.why : nonsense),
  );
  const undo = onAbort(signal, () => started.cancel());
  const result = await settled;
  undo();
  return signal.aborted ? failed({ kind: 'no-answer', fault: { kind: 'aborted' } }) : result;
}

interface CancellableCall extends Promise<readonly unknown[]> {
  cancel(): void;
}

const nonsense: NoReply = { kind: 'nonsense' };

/** Carries what really happened past the SDK, whose own errors quote the answer. */
class NoAnswer extends Error {
  readonly why: NoReply;

  constructor(why: NoReply) {
    super(why.kind);
    this.why = why;
  }
}

/** What the SDK hands to its HTTP function. */
interface SdkRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

const sender = (token: SecretValue, http: ProviderHttp) => ({
  /** All that is asked of it is whether it is there. */
  getRequestHeaders: async () => new Headers(),
  fetch: async (url: string, { method, headers, signal }: SdkRequest) => {
    const authorization = bearer(token);
    const reply = await http.request(
      { method, url, headers: { ...Object.fromEntries(headers), authorization } },
      signal,
    );
    if (!reply.ok) throw new NoAnswer({ kind: 'no-answer', fault: reply.fault });
    const { status, body } = reply.value;
    if (status !== 200) throw new NoAnswer({ kind: 'refused', answer: reply.value });
    if (!parseBody(GoogleAnswer, reply.value)) throw new NoAnswer(nonsense);
    return { ok: true, status, arrayBuffer: async () => body };
  },
});
