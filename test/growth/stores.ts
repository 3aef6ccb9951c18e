import { systemClock } from '../../src/core/clock.ts';
import { ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { cut, type HttpCall } from '../../src/net/http.ts';
import { bindProvider, type ProviderFields } from '../../src/providers/index.ts';
import type { BoundProvider, ProviderPorts, ProviderSession } from '../../src/providers/provider.ts';
import { never, type Reply, reply } from '../providers/wire.ts';

/** Every store, with a stranger's server in its place. */

export const json = (body: unknown, status = 200): Reply =>
  reply(body, status, { headers: { 'content-type': 'application/json' } });
const token = json({ access_token: 'at', token_type: 'Bearer', expires_in: 600 });
const serviceAccountRef = { name: 'app', audiences: ['store'] };
const secretRef = { name: 'login', key: 'token' };
const aws = {
  region: 'eu-central-1',
  auth: {
    staticKeys: { accessKeyIdRef: { name: 'aws', key: 'id' }, secretAccessKeyRef: { name: 'aws', key: 'secret' } },
  },
};
const assumeRole = { role: 'arn:aws:iam::123456789012:role/etl' };
const guid = '11111111-0000-4000-8000-000000000001';
const azureKv = {
  vaultUrl: 'https://etl.vault.azure.net',
  auth: { workloadIdentity: { clientId: guid, tenantId: guid, serviceAccountRef } },
};
const pool = 'projects/1/locations/global/workloadIdentityPools/clusters/providers/this-one';

export interface Store {
  readonly spec: ProviderFields;
  readonly key: string;
  /** What has to be answered well for a session to begin, by a part of the address. */
  readonly login?: Readonly<Record<string, Reply>>;
}

export const stores: Readonly<Record<string, Store>> = {
  vault: {
    spec: { vault: { address: 'https://vault.example.com', auth: { token: { secretRef } } } },
    key: 'etl/x',
    login: {
      'lookup-self': json({ data: { ttl: 60, type: 'service' } }),
      'internal/ui/mounts': json({ data: { type: 'kv', path: 'secret/', options: { version: '2' } } }),
    },
  },
  'vault, log in': {
    spec: { vault: { address: 'https://vault.example.com', auth: { kubernetes: { role: 'a', serviceAccountRef } } } },
    key: 'etl/x',
  },
  awsSm: { spec: { awsSm: aws }, key: 'etl/x' },
  'awsSm, log in': {
    spec: { awsSm: { ...aws, auth: { staticKeys: { ...aws.auth.staticKeys, assumeRole } } } },
    key: 'etl/x',
  },
  awsSsm: { spec: { awsSsm: aws }, key: 'etl/x' },
  gcpSm: {
    spec: { gcpSm: { project: 'etl-prod', auth: { workloadIdentity: { provider: pool, serviceAccountRef } } } },
    key: 'x',
    login: { 'sts.googleapis.com': token },
  },
  azureKv: {
    spec: { azureKv },
    key: 'certificate/x',
    login: { 'oauth2/v2.0/token': token },
  },
  'azureKv, a secret': {
    spec: { azureKv },
    key: 'x',
    login: { 'oauth2/v2.0/token': token },
  },
  databricks: {
    spec: { databricks: { host: 'https://dbc.cloud.databricks.com', auth: { federation: { serviceAccountRef } } } },
    key: 'etl/x',
    login: { 'oidc/v1/token': token },
  },
  kubernetes: {
    spec: {
      kubernetes: { server: { address: 'https://api.example.com' }, auth: { token: { secretRef } } },
    },
    key: 'secrets/etl/x',
    login: {
      selfsubjectreviews: json({ kind: 'SelfSubjectReview', status: { userInfo: { username: 'a' } } }, 201),
    },
  },
  http: {
    spec: {
      http: {
        url: 'https://api.example.com/{key}',
        result: { pointer: '/data/value' },
        absent: { status: 404, pointer: '/error/code', value: 'gone' },
      },
    },
    key: 'x',
  },
};

const credentials: Readonly<Record<string, string>> = { id: 'AKIA0000000000000000', secret: 'x', token: 's.x' };

const portsWith = (answer: (call: HttpCall) => Reply): ProviderPorts => ({
  clock: systemClock,
  clusterAddress: 'https://10.96.0.1',
  http: {
    request: async call => {
      const given = answer(call);
      return given.ok ? ok(cut(call, given.value)) : given;
    },
  },
  serviceAccount: { namespace: 'etl', name: 'app', uid: 'u', annotations: {} },
  token: async () => ok(SecretValue.fromText('jwt')),
  credential: async ({ key }) => ok(SecretValue.fromText(credentials[key] ?? '')),
});

export function bound({ spec }: Store): BoundProvider {
  const provider = bindProvider(spec);
  if (!provider.ok) throw new Error(provider.fault.message);
  return provider.value;
}

/** Asks for all that a store can be asked for, and ends with what it made of the answers. */
async function ask(session: ProviderSession, key: string): Promise<void> {
  await session.read({ key }, never);
  await session.read({ key, version: '1' }, never);
  await session.readMany?.([{ key }, { key: `${key}y` }], never);
  await session.list?.({ prefix: '', tags: { a: 'b' }, limit: 1000 }, never);
  await session.renew?.(never);
}

/** One answer to everything but what `login` has. */
export async function visit(store: Store, answer: Reply): Promise<void> {
  await bound(store).login(
    portsWith(() => answer),
    never,
  );
  const entered = await bound(store).login(
    portsWith(({ url }) => Object.entries(store.login ?? {}).find(([part]) => url.includes(part))?.[1] ?? answer),
    never,
  );
  if (entered.ok) await ask(entered.value, store.key);
}
