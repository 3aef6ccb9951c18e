import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { parseCaBundle } from '../../../src/net/tls.ts';
import { createProviderTransport, type ProviderTransport } from '../../../src/net/transport.ts';
import { databricks } from '../../../src/providers/databricks/index.ts';
import { clientIdAnnotation, DatabricksSpec } from '../../../src/providers/databricks/spec.ts';
import type { ProviderSession } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import type { Databricks } from '../../servers/databricks/server.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { faultText, never } from '../wire.ts';
import { audience, principalOf, startFor } from './harness.ts';

let cluster: ConformanceCluster;
let server: Databricks;
let clientId: string;
const transports: ProviderTransport[] = [];

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  server = await startFor(cluster);
  clientId = await principalOf(server, cluster, 'team-a');
  server.workspace.addScope('etl', { [clientId]: 'READ', 'me@example.com': 'READ' });
  server.workspace.put('etl', 'db', Buffer.from(canary));
}, 60_000);
afterEach(async () => {
  for (const each of transports.splice(0)) await each.close();
});
afterAll(async () => {
  await server?.stop();
  await cluster?.close();
});

const spec = (auth: object) => DatabricksSpec.parse({ host: server.address, auth });
const federation = (more: object = {}) =>
  spec({ federation: { serviceAccountRef: { name: 'app', audiences: [audience] }, ...more } });

interface As {
  readonly team?: 'team-a' | 'team-b';
  readonly audience?: string;
  readonly credential?: string;
  readonly annotation?: string;
}

/** With a real token of the team's ServiceAccount. */
async function enter(given: DatabricksSpec, { team = 'team-a', credential = '', annotation, ...as }: As = {}) {
  const authorities = parseCaBundle(cluster.controlPlane.authority.certificate);
  const egress = { namespaced: false, allowInsecure: false, allow: [], deny: [] };
  const http = createProviderTransport({ egress, ...(authorities.ok && { authorities: authorities.value }) });
  transports.push(http);
  const namespace = cluster.namespace(team);
  const token = await cluster.token(
    { serviceAccount: 'app', namespace },
    {
      audiences: [as.audience ?? audience],
      duration: '10m',
    },
  );
  const annotations = annotation === undefined ? {} : { [clientIdAnnotation]: annotation };
  return databricks.login(
    given,
    {
      clock: systemClock,
      clusterAddress: cluster.issuer,
      http,
      serviceAccount: { namespace, name: 'app', uid: 'u', annotations },
      token: async () => ok(SecretValue.fromText(token)),
      credential: async () => ok(SecretValue.fromText(`${credential}\n`)),
    },
    never,
  );
}

async function session(given: DatabricksSpec, as?: As): Promise<ProviderSession> {
  const entered = await enter(given, as);
  if (!entered.ok) throw new Error(entered.fault.message);
  return entered.value;
}

const read = async (opened: ProviderSession) => {
  const answer = await opened.read({ key: 'etl/db' }, never);
  return answer.ok ? answer.value.value.revealText() : faultText(answer);
};

describe('each login reads', () => {
  test('token federation of a service principal, for as long as the token lives', async () => {
    const opened = await session(federation({ clientId }));
    expect(await read(opened)).toBe(canary);
    expect((opened.expiresAt ?? 0) - systemClock.steady()).toBeLessThanOrEqual(600_000);
  });

  test('token federation of the account', async () => {
    const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
    server.workspace.accountPolicy.set('me@example.com', { audiences: [audience], subject });
    expect(await read(await session(federation()))).toBe(canary);
  });

  test('a service principal with a secret', async () => {
    const own = { clientId: randomUUID(), policies: [], secrets: [`dose-${canary}`] };
    server.workspace.principals.set(own.clientId, own);
    const oauth = { clientId: own.clientId, clientSecretRef: { name: 'dbx', key: 'secret' } };
    const opened = await session(spec({ oauth }), { credential: `dose-${canary}` });
    expect(await read(opened)).toContain(`does not let ${own.clientId} read etl/db`);
    server.workspace.scope('etl')?.acls.set(own.clientId, 'READ');
    expect(await read(opened)).toBe(canary);
    expect(faultText(await enter(spec({ oauth }), { credential: 'another' }))).toMatch(
      /^AuthFailed: .*has a secret of that/,
    );
  });

  test('a personal access token, until it is revoked', async () => {
    const token = server.workspace.issue({ principal: 'me@example.com' });
    const pat = spec({ token: { secretRef: { name: 'dbx', key: 'token' } } });
    const opened = await session(pat, { credential: token });
    expect(await read(opened)).toBe(canary);
    server.workspace.revokeTokens();
    expect(await read(opened)).toBe('login-expired');
    expect(faultText(await enter(pat, { credential: token }))).toMatch(/^AuthFailed: .*it has expired or was revoked$/);
  });
});

describe('a token that no policy names is a refused login', () => {
  test.each<[string, As]>([
    ['of another audience', { audience: 'another' }],
    ['of another namespace', { team: 'team-b' }],
  ])('%s', async (_, as) => {
    expect(faultText(await enter(federation({ clientId }), as))).toMatch(
      /^AuthFailed: Databricks at 127\.0\.0\.1:\d+ refused the login of .*audience databricks and subject system:serviceaccount:/,
    );
  });

  test('for a service principal that is not there', async () => {
    const stranger = randomUUID();
    expect(faultText(await enter(federation(), { annotation: stranger }))).toContain(
      `refused the login of ${stranger}`,
    );
  });
});

test('a scope of Key Vault is read through', async () => {
  server.workspace.addScope('Vaulted', { [clientId]: 'READ' }, 'AZURE_KEYVAULT');
  server.workspace.put('Vaulted', 'db-password', Buffer.from(canary));
  const opened = await session(federation({ clientId }));
  const answer = await opened.read({ key: 'vaulted/DB-password' }, never);
  expect(answer.ok && answer.value.value.revealText()).toBe(canary);
  expect(faultText(await opened.read({ key: 'vaulted/db_password' }, never))).toMatch(
    /^InvalidSpec: .* behind a scope of Key Vault/,
  );
});
