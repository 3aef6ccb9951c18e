import type { Answer } from './answers.ts';
import type { Certificate } from './certificates.ts';
import { type HttpResponse, httpRequest } from './http.ts';
import { type RecordedRequest, type StandIn, startStandIn } from './stand-in.ts';

/** What a request is, as the test talks about it. */
export interface FrontCall<Kind extends string> {
  readonly kind: Kind;
}

export interface FrontOptions<Kind extends string, Call extends FrontCall<Kind>> {
  /** Base URL of the server behind it. */
  readonly upstream: string;
  /** PEM, when the server behind it speaks TLS. */
  readonly ca?: string;
  /** To speak TLS itself. */
  readonly tls?: Certificate;
  /** Undefined for requests that tests do not talk about: they are let through, and not `seen`. */
  describe(request: RecordedRequest): Promise<Call | undefined> | Call | undefined;
  /** Called with each answer of the server behind it, before the client has it. */
  answered?(request: RecordedRequest, answer: HttpResponse): void;
}

/** A real server behind an address of the test's own, where calls of one kind can be made to fail. */
export interface Front<Kind extends string, Call extends FrontCall<Kind>> extends StandIn {
  /** From now on calls of this kind meet this answer; without an answer they are let through again. */
  misbehave(kind: Kind, answer?: Answer): void;
  /** The calls so far, in the order of their arrival, those that met a fault among them. */
  seen(): readonly Call[];
}

export async function startFront<Kind extends string, Call extends FrontCall<Kind>>(
  options: FrontOptions<Kind, Call>,
): Promise<Front<Kind, Call>> {
  const faults = new Map<Kind, Answer>();
  const calls: Call[] = [];
  const handle = async (request: RecordedRequest): Promise<Answer> => {
    const call = await options.describe(request);
    if (call) calls.push(call);
    return (call && faults.get(call.kind)) ?? letThrough(request, options);
  };
  const standIn = await startStandIn(handle, options.tls ? { tls: options.tls } : {});
  const misbehave = (kind: Kind, answer?: Answer) => {
    if (answer) faults.set(kind, answer);
    else faults.delete(kind);
  };
  return { ...standIn, misbehave, seen: () => [...calls] };
}

async function letThrough<Kind extends string, Call extends FrontCall<Kind>>(
  request: RecordedRequest,
  { upstream, ca, answered }: FrontOptions<Kind, Call>,
): Promise<Answer> {
  const { method, path, headers, body } = request;
  const options = { method, headers: endToEnd(headers), body, ...(ca !== undefined && { ca }) };
  const answer = await httpRequest(`${upstream}${path}`, options);
  answered?.(request, answer);
  return { kind: 'reply', status: answer.status, headers: endToEnd(answer.headers), body: answer.body };
}

/** The host stays: signatures are made over it. What is about one connection is for each side to say itself. */
const endToEnd = (headers: RecordedRequest['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || hopByHop.has(name) ? [] : [[name, [value].flat().join(', ')]],
    ),
  );

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);
