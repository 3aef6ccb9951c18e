import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { CallKind, Seen } from '../../conformance/harness.ts';
import { type Answer, json } from '../answers.ts';
import { createAuthority, issueCertificate } from '../certificates.ts';
import { type RecordedRequest, type StandIn, startStandIn } from '../stand-in.ts';
import { Grants } from './grants.ts';
import { answerMetadata } from './metadata.ts';
import { Policy } from './policy.ts';
import { answerSecretManager, type SecretManagerState, targetOf } from './secret-manager.ts';
import { Secrets } from './secrets.ts';
import { actAs, ServiceAccounts, tokenByAssertion } from './service-accounts.ts';
import { exchange, type PoolProvider } from './token-service.ts';

/** One project of Google Cloud: token service, IAM, OAuth and Secret Manager on one port over TLS; metadata on another, plain. */
export interface Google extends SecretManagerState {
  readonly address: string;
  readonly metadataAddress: string;
  /** PEM. */
  readonly caBundle: string;
  readonly caFile: string;
  readonly accounts: ServiceAccounts;
  /** Pools and their providers; may be added to. */
  readonly providers: PoolProvider[];
  /** As whom the metadata server lets its pods and nodes act; undefined: nobody. */
  attached: string | undefined;
  /** From now on calls of this kind meet this answer; without one all is well again. */
  misbehave(call: CallKind, answer?: Answer): void;
  seen(): readonly Seen[];
  /** Every call, with its URL. */
  urls(): readonly string[];
  stop(): Promise<void>;
}

export const project = { id: 'etl-prod', number: '153396971788' };

export async function startGoogle(): Promise<Google> {
  const files = await mkdtemp(`${tmpdir()}/shearline-google-`);
  const authority = await createAuthority(files);
  const tls = await issueCertificate(authority, { commonName: 'google', sans: ['127.0.0.1'] });
  const faults = new Map<CallKind, Answer>();
  const seen: Seen[] = [];
  const apis = await startStandIn(request => answerApis(google, { seen, faults }, request), { tls });
  const metadata = await startStandIn(request => answerMetadata(google, request));
  const google: Google = {
    project,
    grants: new Grants(),
    policy: new Policy(),
    secrets: new Secrets(),
    accounts: new ServiceAccounts(),
    providers: [],
    attached: undefined,
    address: apis.address,
    metadataAddress: metadata.address,
    caBundle: authority.certificate,
    caFile: authority.certificateFile,
    misbehave: (call, answer) => void (answer ? faults.set(call, answer) : faults.delete(call)),
    seen: () => seen,
    urls: () => [apis, metadata].flatMap(urlsOf),
    stop: async () => {
      await Promise.all([apis.stop(), metadata.stop()]);
      await rm(files, { recursive: true });
    },
  };
  return google;
}

interface Observed {
  readonly seen: Seen[];
  readonly faults: ReadonlyMap<CallKind, Answer>;
}

async function answerApis(google: Google, observed: Observed, request: RecordedRequest): Promise<Answer> {
  const target = targetOf(request.path);
  if (!target) return answerLogin(google, observed, request);
  const kind = kinds[`${request.method} ${target.operation}`];
  const namespace = google.grants.of(request.headers.authorization)?.namespace;
  if (kind) observed.seen.push({ kind, ...(namespace && { namespace }), ...(kind === 'read' && { keys: 1 }) });
  return (kind && observed.faults.get(kind)) ?? answerSecretManager(google, target, request);
}

/** A list of versions is a question beside the read that needs it. */
const kinds: Readonly<Record<string, CallKind>> = { 'GET version:access': 'read', 'GET secrets': 'list' };

/** A call that gives a token. What a refused one was for is not known. */
async function answerLogin(google: Google, { seen, faults }: Observed, request: RecordedRequest): Promise<Answer> {
  const { answer, who } = faults.has('login') ? { answer: faults.get('login') } : await tokenCall(google, request);
  seen.push({ kind: 'login', ...who });
  return answer ?? json({}, 404);
}

interface TokenAnswer {
  readonly answer: Answer | undefined;
  readonly who?: Pick<Seen, 'namespace' | 'audience'>;
}

async function tokenCall(google: Google, { method, path, headers, body }: RecordedRequest): Promise<TokenAnswer> {
  const { grants, accounts, providers } = google;
  const call = `${method} ${path}`;
  if (call === 'POST /v1/token') {
    const { answer, verified } = await exchange(providers, grants, new URLSearchParams(body));
    return { answer, ...(verified && { who: { namespace: verified.namespace, audience: verified.audience } }) };
  }
  if (call === 'POST /token') return { answer: await tokenByAssertion(accounts, grants, new URLSearchParams(body)) };
  const email = /^POST \/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(call)?.[1];
  if (email === undefined) return { answer: undefined };
  const who = grants.of(headers.authorization);
  return {
    answer: actAs(google, { who, email: decodeURIComponent(email), body }),
    ...(who?.namespace && { who: { namespace: who.namespace } }),
  };
}

const urlsOf = ({ address, requests }: StandIn): readonly string[] =>
  requests.map(({ method, path }) => `${method} ${address}${path}`);
