import type { CallKind, Seen } from '../../conformance/harness.ts';
import type { Answer } from '../answers.ts';
import type { Certificate } from '../certificates.ts';
import { type HttpResponse, httpRequest } from '../http.ts';
import { type RecordedRequest, type StandIn, startStandIn } from '../stand-in.ts';
import { type AwsCall, understandCall } from './calls.ts';
import { awsError, corrected, tooMuch } from './corrections.ts';
import type { Ministack } from './ministack.ts';
import { type OidcProvider, stsError, tokenRefusal, verifiedForm, verifyToken } from './web-identity.ts';

/** What stands between a client and ministack: it verifies tokens, fixes answers, sees all, and fails as it is told to. */
export interface Gate {
  readonly address: string;
  readonly requests: StandIn['requests'];
  seen(): readonly Seen[];
  misbehave(kind: CallKind, answer?: Answer): void;
  /** All temporary keys that were given out so far end now. */
  endKeys(): void;
  /** Tells whose a key is that did not come through the gate. */
  introduce(accessKeyId: string, principal: string): void;
  stop(): Promise<void>;
}

/** Whose a key is. */
interface Owner {
  /** ARN of the role or user, which the policies hang on. */
  readonly principal: string;
  readonly namespace?: string;
  ended?: boolean;
}

export async function startGate(ministack: Ministack, oidc: OidcProvider, tls: Certificate): Promise<Gate> {
  const gate = new Keeper(ministack, oidc);
  const standIn = await startStandIn(request => gate.answer(request), { tls });
  return {
    address: standIn.address,
    requests: standIn.requests,
    seen: () => gate.seen,
    misbehave: (kind, answer) => gate.misbehave(kind, answer),
    endKeys: () => gate.endKeys(),
    introduce: (accessKeyId, principal) => gate.owners.set(accessKeyId, { principal }),
    stop: standIn.stop,
  };
}

class Keeper {
  readonly seen: Seen[] = [];
  readonly owners = new Map<string, Owner>();
  readonly #ministack: Ministack;
  readonly #oidc: OidcProvider;
  readonly #faults = new Map<CallKind, Answer>();

  constructor(ministack: Ministack, oidc: OidcProvider) {
    this.#ministack = ministack;
    this.#oidc = oidc;
  }

  async answer(request: RecordedRequest): Promise<Answer> {
    const call = understandCall(request);
    if (call.action === 'AssumeRoleWithWebIdentity') return this.#webIdentity(request, call);
    const owner = this.owners.get(call.accessKeyId);
    this.#note(call, owner?.namespace);
    const fault = call.kind === 'other' ? undefined : this.#faults.get(call.kind);
    if (fault) return fault;
    if (owner?.ended) return ended(call);
    const refused = tooMuch(call);
    if (refused) return refused;
    const response = await this.#pass(request);
    this.#learn(call, response, owner?.namespace);
    return (await corrected(this.#ministack, call, owner?.principal, response)) ?? reply(response);
  }

  misbehave(kind: CallKind, answer?: Answer): void {
    if (answer) this.#faults.set(kind, answer);
    else this.#faults.delete(kind);
  }

  endKeys(): void {
    for (const owner of this.owners.values()) owner.ended = true;
  }

  async #webIdentity(request: RecordedRequest, call: AwsCall): Promise<Answer> {
    const token = await verifyToken(this.#oidc, call.form);
    this.#note(call, token.ok ? token.namespace : undefined, token.ok ? token.audience : undefined);
    const fault = this.#faults.get('login');
    if (fault) return fault;
    if (!token.ok) return tokenRefusal(token.reason);
    const response = await this.#pass({ ...request, body: verifiedForm(call.form, token) });
    this.#learn(call, response, token.namespace);
    return reply(response);
  }

  #note({ kind, keys }: AwsCall, namespace: string | undefined, audience?: string): void {
    if (kind === 'other') return;
    const who = { ...(namespace !== undefined && { namespace }), ...(audience !== undefined && { audience }) };
    this.seen.push({ kind, ...who, ...(kind === 'read' && { keys }) });
  }

  /** Keys that ministack gives out belong to the role, for the namespace that asked. */
  #learn({ kind, form }: AwsCall, { status, body }: HttpResponse, namespace: string | undefined): void {
    const key = /<AccessKeyId>([^<]+)</.exec(body)?.[1];
    if (kind !== 'login' || status !== 200 || key === undefined) return;
    this.owners.set(key, { principal: form.get('RoleArn') ?? '', ...(namespace !== undefined && { namespace }) });
  }

  /** With the headers that were signed, the host too; the length may be another by now. */
  #pass({ method, path, headers, body }: RecordedRequest): Promise<HttpResponse> {
    const kept = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !dropped.has(name) ? [[name, value] as const] : [],
    );
    return httpRequest(`${this.#ministack.address}${path}`, { method, headers: Object.fromEntries(kept), body });
  }
}

const dropped: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding']);

function reply({ status, headers, body }: HttpResponse): Answer {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && !dropped.has(name) ? [[name, value] as const] : [],
  );
  return { kind: 'reply', status, headers: Object.fromEntries(kept), body };
}

const endedText = 'The security token included in the request is expired';
const ended = ({ form }: AwsCall): Answer =>
  form.has('Action') ? stsError('ExpiredToken', endedText, 403) : awsError('ExpiredTokenException', endedText);
