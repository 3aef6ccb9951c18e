import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { CallKind, Seen } from '../../conformance/harness.ts';
import { type Answer, json } from '../answers.ts';
import { createAuthority, issueCertificate } from '../certificates.ts';
import type { TokenVerifier } from '../oidc.ts';
import { type RecordedRequest, type StandIn, startStandIn } from '../stand-in.ts';
import { Access } from './access.ts';
import { Directory } from './directory.ts';
import { Secrets } from './objects.ts';
import { PublicObjects } from './public-objects.ts';
import { answerVaultCall, grantOf, type Vault } from './vault-api.ts';

/** Microsoft Entra and one key vault, on two ports, over TLS. */
export interface Azure extends Vault {
  readonly authorityHost: string;
  /** PEM. */
  readonly caBundle: string;
  readonly caFile: string;
  /** From now on calls of this kind meet this answer; without one all is well again. */
  misbehave(call: CallKind, answer?: Answer): void;
  seen(): readonly Seen[];
  /** Every call, with its URL. */
  urls(): readonly string[];
  stop(): Promise<void>;
}

export interface AzureOptions {
  /** By issuer: clusters whose tokens Entra can verify. */
  readonly verifiers?: Readonly<Record<string, TokenVerifier>>;
}

export const tenantId = '72f988bf-0000-4000-8000-2d7cd011db47';

export async function startAzure({ verifiers = {} }: AzureOptions = {}): Promise<Azure> {
  const files = await mkdtemp(`${tmpdir()}/shearline-azure-`);
  const authority = await createAuthority(files);
  const tls = await issueCertificate(authority, { commonName: 'azure', sans: ['127.0.0.1'] });
  const faults = new Map<CallKind, Answer>();
  const seen: Seen[] = [];
  const directory = new Directory({ resources: [resource, 'https://vault.azure.net'], verifiers });
  const entra = await startStandIn(request => answerEntra(directory, entra.address, request, { seen, faults }), {
    tls,
  });
  const keyVault = await startStandIn(request => answerVault(vault, request, { seen, faults }), { tls });
  const vault: Vault = {
    url: keyVault.address,
    tenantId,
    authority: `${entra.address}/${tenantId}`,
    resource,
    directory,
    access: new Access(),
    secrets: new Secrets(),
    publicObjects: new PublicObjects(),
  };
  return {
    ...vault,
    authorityHost: entra.address,
    caBundle: authority.certificate,
    caFile: authority.certificateFile,
    misbehave: (call, answer) => void (answer ? faults.set(call, answer) : faults.delete(call)),
    seen: () => seen,
    urls: () => [entra, keyVault].flatMap(urlsOf),
    stop: async () => {
      await Promise.all([entra.stop(), keyVault.stop()]);
      await rm(files, { recursive: true });
    },
  };
}

/** What a client derives from a vault at an IP address: there is no domain to take. */
const resource = 'https://127.0.0.1';

interface Observed {
  readonly seen: Seen[];
  readonly faults: ReadonlyMap<CallKind, Answer>;
}

async function answerEntra(
  directory: Directory,
  address: string,
  { method, path, body }: RecordedRequest,
  { seen, faults }: Observed,
): Promise<Answer> {
  const [, tenant = '', endpoint = ''] = /^\/([^/]+)(\/[^?]*)/.exec(path) ?? [];
  if (method === 'GET' && endpoint === '/v2.0/.well-known/openid-configuration')
    return json(discovery(`${address}/${tenant}`));
  if (method !== 'POST' || endpoint !== '/oauth2/v2.0/token') return json({}, 404);
  const fault = faults.get('login');
  const { answer, proved } = fault ? { answer: fault } : await directory.token(tenant, new URLSearchParams(body));
  const { kind: _, ...who } = proved ?? { kind: 'proved' };
  seen.push({ ...who, kind: 'login' });
  return answer;
}

const discovery = (tenant: string) => ({
  issuer: `${tenant}/v2.0`,
  authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
  token_endpoint: `${tenant}/oauth2/v2.0/token`,
  jwks_uri: `${tenant}/discovery/v2.0/keys`,
});

function answerVault(vault: Vault, request: RecordedRequest, { seen, faults }: Observed): Answer {
  const kind = /^\/secrets\/?(\?|$)/.test(request.path) ? 'list' : 'read';
  const namespace = grantOf(vault, request.headers.authorization)?.namespace;
  if (request.method === 'GET')
    seen.push({ kind, ...(namespace !== undefined && { namespace }), ...(kind === 'read' && { keys: 1 }) });
  return (request.method === 'GET' && faults.get(kind)) || answerVaultCall(vault, request);
}

const urlsOf = ({ address, requests }: StandIn): readonly string[] =>
  requests.map(({ method, path }) => `${method} ${address}${path}`);
