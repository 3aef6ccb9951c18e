import { systemClock } from '../../src/core/clock.ts';
import { invalidSpec } from '../../src/core/fault.ts';
import { failed, ok, type Result } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import type { HttpAnswer, HttpCall, HttpFault } from '../../src/net/http.ts';
import type { Provider, ProviderPorts, ProviderSession } from '../../src/providers/provider.ts';
import { canary } from '../canary.ts';

export const never = new AbortController().signal;

export type Reply = Result<HttpAnswer, HttpFault>;

export interface ReplyMore {
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
}

/** What came back over the wire: a text as it is, anything else as JSON. */
export function reply(body: unknown, status = 200, { headers = {}, ...more }: ReplyMore = {}): Reply {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return ok({ status, headers, body: bytes, ...more });
}

/** A wire with nobody at its end: what is sent is kept, and a function says what comes back. */
export interface Wire<Spec> {
  readonly sent: readonly HttpCall[];
  login(spec: Spec, more?: Partial<ProviderPorts>): Promise<Result<ProviderSession>>;
  /** Of a login that works. */
  session(spec: Spec, more?: Partial<ProviderPorts>): Promise<ProviderSession>;
}

export function wire<Spec>(provider: Provider<Spec>, answer: (call: HttpCall) => Reply): Wire<Spec> {
  const sent: HttpCall[] = [];
  const ports: ProviderPorts = {
    clock: systemClock,
    clusterAddress: 'https://10.96.0.1',
    http: {
      request: async call => {
        sent.push(call);
        return answer(call);
      },
    },
    serviceAccount: { namespace: 'etl', name: 'app', uid: 'u', annotations: {} },
    token: async () => ok(SecretValue.fromText(`jwt-${canary}\n`)),
    credential: async ({ name, key }) =>
      name === 'missing' ? failed(invalidSpec('no such Secret')) : ok(SecretValue.fromText(`${key}-${canary}\n`)),
  };
  const login: Wire<Spec>['login'] = (spec, more = {}) => provider.login(spec, { ...ports, ...more }, never);
  const session: Wire<Spec>['session'] = async (spec, more) => {
    const entered = await login(spec, more);
    if (!entered.ok) throw new Error(entered.fault.message);
    return entered.value;
  };
  return { sent, login, session };
}

/** Reason and message, or what else it is. No fault has a value or a token in it. */
export function faultText(
  answer: Result<unknown, { readonly kind: string; readonly reason?: string; readonly message?: string }>,
): string {
  if (answer.ok) return 'no fault';
  const { kind, reason, message } = answer.fault;
  const text = reason === undefined ? kind : `${reason}: ${message}`;
  if (text.includes(canary)) throw new Error('a fault quotes what was sent');
  return text;
}
