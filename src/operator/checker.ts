import { type Config, egressRules } from '../config.ts';
import type { Checker, Question, Verdict } from '../controllers/secret-rotation/stages/validate-http.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../core/result.ts';
import type { BodyBudget } from '../net/body-budget.ts';
import type { NameResolver } from '../net/resolver.ts';
import { parseCaBundle } from '../net/tls.ts';
import { createProviderTransport, type ProviderTransport } from '../net/transport.ts';
import { transportFault } from '../providers/kit/http-faults.ts';
import { type CaBundles, readCaBundle } from '../remote/ca-bundle.ts';

export interface CheckerOptions {
  readonly config: Config;
  readonly names: NameResolver;
  readonly bodies: BodyBudget;
  readonly bundles: CaBundles;
}

/** Milliseconds for one answer: a reconcile waits for it. A service that needs longer says 503 until it knows. */
const deadlineMs = 30_000;
/** Nobody reads an answer. */
const maxBodyBytes = 64 * 1024;

/** The services of `rotation.validate.http`. Each is asked seldom, so no connection is kept. */
export const createChecker = (options: CheckerOptions): Checker => ({
  ask: async (question, signal) => {
    const opened = flatMap(await authorities(question, options, signal), pem => open(question, pem, options));
    if (!opened.ok) return opened;
    await using transport = closing(opened.value);
    return await asked(question, transport.http, signal);
  },
});

const authorities = async ({ namespace, caBundle }: Question, { bundles }: CheckerOptions, signal: AbortSignal) =>
  caBundle === undefined ? ok(undefined) : readCaBundle(bundles, namespace, caBundle, signal);

/** Whoever wrote the reference chose the address, as with a SecretSource. */
function open(
  { namespace }: Question,
  pem: string | undefined,
  { config, names, bodies }: CheckerOptions,
): Result<ProviderTransport> {
  const { proxy } = config;
  return mapOk(pem === undefined ? ok(undefined) : parseCaBundle(pem), bundle =>
    createProviderTransport({
      egress: egressRules(config, { namespaced: true }),
      ...{ deadlineMs, maxBodyBytes, bodies, connections: 1 },
      tenant: namespace,
      lookup: names.of(namespace),
      ...(proxy === undefined ? {} : { proxy }),
      ...(bundle && { authorities: bundle }),
    }),
  );
}

const closing = (http: ProviderTransport) => ({ http, [Symbol.asyncDispose]: () => http.close() });

async function asked(
  { url, body, service }: Question,
  http: ProviderTransport,
  signal: AbortSignal,
): Promise<Result<Verdict>> {
  const headers = { 'content-type': 'application/json' };
  const answer = await http.request({ method: 'POST', url, headers, body }, signal);
  if (!answer.ok) return failed(transportFault(service, answer.fault));
  const { status, retryAfterMs } = answer.value;
  return ok({ status, retryAfterMs });
}
