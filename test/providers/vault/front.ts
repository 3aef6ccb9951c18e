import * as z from 'zod';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import type { CallKind, Seen } from '../../conformance/harness.ts';
import { createAuthority, issueCertificate } from '../../servers/certificates.ts';
import { type Front, startFront } from '../../servers/fronted.ts';
import type { HttpResponse } from '../../servers/http.ts';
import type { OpenBao } from '../../servers/openbao.ts';
import type { RecordedRequest } from '../../servers/stand-in.ts';
import type { Engine } from './harness.ts';

/** OpenBao over TLS, with an eye on who asks: the token of each login is remembered with the namespace that it was given to. */
export async function frontOpenBao(
  bao: OpenBao,
  engine: Engine,
  { verifier }: ConformanceCluster,
): Promise<{ readonly front: Front<CallKind, Seen>; readonly caBundle: string }> {
  const namespaces = new Map<string, string>();
  const authority = await createAuthority(`${bao.directory}/front`);
  const tls = await issueCertificate(authority, { commonName: 'openbao', sans: ['127.0.0.1'] });

  const whoLogsIn = async ({ body }: RecordedRequest): Promise<Pick<Seen, 'namespace' | 'audience'>> => {
    const { jwt } = LoginBody.parse(JSON.parse(body));
    if (jwt === undefined) return {};
    const token = await verifier.verify(jwt, { audience: 'vault' });
    return token.ok ? { namespace: token.namespace, audience: token.audience } : {};
  };

  const describe = async (request: RecordedRequest): Promise<Seen | undefined> => {
    const kind = kindOf(request, engine);
    if (kind === 'login') return { kind, ...(await whoLogsIn(request)) };
    const namespace = namespaces.get(`${request.headers['x-vault-token']}`);
    return kind && { kind, ...(namespace !== undefined && { namespace }) };
  };

  const answered = (request: RecordedRequest, answer: HttpResponse): void => {
    if (kindOf(request, engine) !== 'login' || answer.status !== 200) return;
    const { client_token, metadata } = LoginAnswer.parse(JSON.parse(answer.body)).auth;
    if (metadata?.service_account_namespace) namespaces.set(client_token, metadata.service_account_namespace);
  };

  return {
    front: await startFront({ upstream: bao.address, tls, describe, answered }),
    caBundle: authority.certificate,
  };
}

const LoginBody = z.object({ jwt: z.string().optional() });
const LoginAnswer = z.object({
  auth: z.object({
    client_token: z.string(),
    metadata: z.object({ service_account_namespace: z.string().optional() }).nullish(),
  }),
});

function kindOf({ path }: RecordedRequest, { mount, version }: Engine): CallKind | undefined {
  if (/^\/v1\/auth\/[^?]+\/login$/.test(path)) return 'login';
  if (path.startsWith(`/v1/${mount}/`) && path.endsWith('?list=true')) return 'list';
  if (version === 2 && path.startsWith(`/v1/${mount}/metadata/`)) return 'list';
  return path.startsWith(`/v1/${mount}/`) ? 'read' : undefined;
}
