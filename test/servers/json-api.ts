import type { CallKind, Seen } from '../conformance/harness.ts';
import { type Answer, json } from './answers.ts';
import type { Certificate } from './certificates.ts';
import type { TokenVerifier } from './oidc.ts';
import { type RecordedRequest, type StandIn, startStandIn } from './stand-in.ts';

/**
 * A small API of somebody's own: `GET /v1/secrets/KEY?version=N` with a token of a ServiceAccount, which it verifies.
 * Not a pretend product; it has what such APIs have: versions, an error document, rights, deletion.
 */
export interface JsonApi extends Pick<StandIn, 'address' | 'stop' | 'requests'> {
  /** Which keys a subject may read: all that begin so. */
  readonly rights: Map<string, readonly string[]>;
  put(key: string, value: string): string;
  remove(key: string): void;
  /** From now on tokens that were issued before are refused. */
  endTokens(): void;
  misbehave(call: CallKind, answer?: Answer): void;
  readonly seen: readonly Seen[];
}

export interface JsonApiOptions {
  readonly tls: Certificate;
  readonly verifier: TokenVerifier;
  readonly audience: string;
}

export async function startJsonApi({ tls, verifier, audience }: JsonApiOptions): Promise<JsonApi> {
  const values = new Map<string, readonly string[]>();
  const rights = new Map<string, readonly string[]>();
  const ended = new Set<string>();
  const known = new Set<string>();
  const seen: Seen[] = [];
  let wrong: Answer | undefined;

  const answer = async (request: RecordedRequest): Promise<Answer> => {
    const token = `${request.headers.authorization ?? ''}`.replace(/^Bearer /, '');
    const verified = await verifier.verify(token, { audience });
    const who = verified.ok ? verified : undefined;
    seen.push({ kind: 'read', ...(who && { namespace: who.namespace, audience: who.audience }) });
    if (wrong) return wrong;
    known.add(token);
    if (!who || ended.has(token)) return problem(401, 'unauthenticated');
    return read(request, rights.get(who.subject) ?? []);
  };

  const read = ({ method, path }: RecordedRequest, prefixes: readonly string[]): Answer => {
    const { pathname, searchParams } = new URL(path, 'https://api.test');
    const [, encoded] = /^\/v1\/secrets\/(.+)$/.exec(pathname) ?? [];
    if (method !== 'GET' || encoded === undefined) return problem(405, 'no-such-call');
    const key = encoded.split('/').map(decodeURIComponent).join('/');
    if (!prefixes.some(prefix => key.startsWith(prefix))) return problem(403, 'forbidden');
    const versions = values.get(key) ?? [];
    const version = searchParams.get('version') ?? `${versions.length}`;
    const value = versions[Number(version) - 1];
    if (value === undefined) return problem(404, 'no-such-secret');
    return json({ data: { key, value } }, 200, { 'x-secret-version': version });
  };

  const standIn = await startStandIn(answer, { tls });
  return {
    address: standIn.address,
    stop: standIn.stop,
    requests: standIn.requests,
    rights,
    seen,
    put: (key, value) => {
      const versions = [...(values.get(key) ?? []), value];
      values.set(key, versions);
      return `${versions.length}`;
    },
    remove: key => void values.delete(key),
    endTokens: () => {
      for (const token of known) ended.add(token);
    },
    misbehave: (call, given) => {
      if (call === 'read') wrong = given;
    },
  };
}

const problem = (status: number, code: string): Answer => json({ error: { code } }, status);
