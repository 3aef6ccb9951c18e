import type { HttpFault } from './http.ts';
import { tlsFault } from './tls.ts';

/** Carries a fault of ours through undici, which only knows thrown errors. Whoever catches it hands on the fault at most. */
export class HttpFailure extends Error {
  readonly fault: HttpFault;

  constructor(fault: HttpFault) {
    super(fault.kind);
    this.fault = fault;
  }
}

/** What an error of undici, Node or our own connector means. Its text is dropped here: it quotes headers and bodies. */
export function faultOf(error: unknown, answered: boolean): HttpFault {
  if (error instanceof HttpFailure) return error.fault;
  const code = codeOf(error);
  const known = faults[code] ?? tlsFault(code);
  if (known && !(answered && known.kind === 'network')) return known;
  return { kind: 'network', why: answered ? 'truncated' : 'other' };
}

/** Of an AggregateError (all addresses of a name failed) Node sets the code of the last one. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

const reset: HttpFault = { kind: 'network', why: 'reset' };
const refused: HttpFault = { kind: 'network', why: 'refused' };
const unresolved: HttpFault = { kind: 'network', why: 'unresolved' };
const deadline: HttpFault = { kind: 'deadline' };

const faults: Readonly<Record<string, HttpFault>> = {
  ECONNREFUSED: refused,
  EHOSTUNREACH: refused,
  ENETUNREACH: refused,
  ECONNRESET: reset,
  EPIPE: reset,
  UND_ERR_SOCKET: reset,
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  EAI_NODATA: unresolved,
  ETIMEDOUT: deadline,
  UND_ERR_CONNECT_TIMEOUT: deadline,
  UND_ERR_HEADERS_TIMEOUT: deadline,
  UND_ERR_BODY_TIMEOUT: deadline,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: { kind: 'body-too-large' },
  UND_ERR_DESTROYED: { kind: 'aborted' },
  UND_ERR_CLOSED: { kind: 'aborted' },
};
