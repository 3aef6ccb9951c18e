import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import { parseCaBundle } from '../../../src/net/tls.ts';
import { createProviderTransport, type ProviderTransport } from '../../../src/net/transport.ts';
import { azureKv } from '../../../src/providers/azure-kv/index.ts';
import { AzureKvSpec } from '../../../src/providers/azure-kv/spec.ts';
import { canary } from '../../canary.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import type { Team } from '../../conformance/harness.ts';
import { type Azure, startAzure, tenantId } from '../../servers/azure/azure.ts';
import { createTokenVerifier } from '../../servers/oidc.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { faultText } from '../wire.ts';
import { audience, clientIds, startFor } from './harness.ts';
import { never } from './rig.ts';

let cluster: ConformanceCluster;
let azure: Azure;
const transports: ProviderTransport[] = [];

const clientId = clientIds['team-a'];
const secretClient = '66666666-0000-4000-8000-000000000006';
const otherTenant = '33333333-0000-4000-8000-000000000003';
const serviceAccountRef = { name: 'app' };
const workloadIdentity = { clientId, tenantId, serviceAccountRef };
const servicePrincipal = { clientId: secretClient, tenantId, clientSecretRef: { name: 'azure', key: 'secret' } };

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  azure = await startFor(cluster);
  azure.access.assign(clientId, 'Key Vault Secrets User');
  const secrets = [{ value: 'ended', endsAt: new Date(0) }, { value: 'right' }];
  azure.directory.register({ tenantId, clientId: secretClient, secrets });
  azure.access.assign(secretClient, 'Key Vault Secrets User');
  azure.secrets.set('warehouse', { value: canary });
}, 180_000);

afterEach(async () => {
  for (const transport of transports.splice(0)) await transport.close();
});

afterAll(async () => {
  await azure?.stop();
  await cluster?.close();
});

interface As {
  readonly team?: Team;
  readonly audience?: string;
  readonly secret?: string;
  readonly at?: Azure;
  readonly forge?: (token: string) => string;
}

async function enter(auth: object, as: As = {}) {
  const { team = 'team-a', at = azure, forge = (token: string) => token } = as;
  const authorities = parseCaBundle(at.caBundle);
  const egress = { namespaced: false, allowInsecure: false, allow: [], deny: [] };
  const http = createProviderTransport({ egress, ...(authorities.ok && { authorities: authorities.value }) });
  transports.push(http);
  const account = { serviceAccount: 'app', namespace: cluster.namespace(team) };
  const token = await cluster.token(account, { audiences: [as.audience ?? audience] });
  const known = cluster.access.serviceAccount(account.namespace, 'app');
  const spec = AzureKvSpec.parse({ vaultUrl: at.url, authorityHost: at.authorityHost, auth });
  const ports = {
    clock: systemClock,
    clusterAddress: cluster.issuer,
    http,
    serviceAccount: { namespace: account.namespace, name: 'app', uid: 'u', annotations: known?.annotations ?? {} },
    token: async () => ok(SecretValue.fromText(forge(token))),
    credential: async () => ok(SecretValue.fromText(as.secret ?? '')),
  };
  return azureKv.login(spec, ports, never);
}

async function read(auth: object, key: string, as?: As) {
  const session = await enter(auth, as);
  if (!session.ok) throw new Error(session.fault.message);
  return session.value.read({ key }, never);
}

describe('each login reads', () => {
  test.each<[string, object, As]>([
    ['the client and tenant of the source', { workloadIdentity }, {}],
    ['the client and tenant of the ServiceAccount', { workloadIdentity: { serviceAccountRef } }, {}],
    ['the operator', { operator: { clientId, tenantId, serviceAccountRef } }, {}],
    ['a client secret', { servicePrincipal }, { secret: 'right\n' }],
  ])('as %s', async (_, auth, as) => {
    const answer = await read(auth, 'warehouse', as);
    expect(answer.ok && answer.value.value.revealText()).toBe(canary);
  });
});

describe('a login that is refused says which part', () => {
  const refusal = async (auth: object, as: As = {}) => {
    const fault = faultText(await enter(auth, as));
    expect(fault).not.toMatch(/eyJ|Trace ID/);
    return fault;
  };
  const federated = (more: object) => ({ workloadIdentity: { ...workloadIdentity, ...more } });

  test('tenant', async () => {
    expect(await refusal(federated({ tenantId: '99999999-0000-4000-8000-000000000009' }))).toMatch(/\(AADSTS90002\)/);
  });

  test('client', async () => {
    const unknown = '99999999-0000-4000-8000-000000000009';
    expect(await refusal(federated({ clientId: unknown }))).toMatch(/as application 99999999.*\(AADSTS700016\)/);
  });

  test('audience', async () => {
    expect(await refusal({ workloadIdentity }, { audience: 'another' })).toMatch(
      /\(AADSTS700212\): .*another audience/,
    );
  });

  test('subject', async () => {
    const subject = `system:serviceaccount:${cluster.namespace('team-b')}:app`;
    const fault = await refusal({ workloadIdentity }, { team: 'team-b' });
    expect(fault).toMatch(/\(AADSTS700213\)/);
    expect(fault).toContain(`whose subject is exactly ${subject}`);
  });

  test('issuer', async () => {
    const stranger = '44444444-0000-4000-8000-000000000004';
    const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
    const federatedBy = [{ issuer: 'https://elsewhere.example.com', subject, audience }];
    azure.directory.register({ tenantId, clientId: stranger, federated: federatedBy });
    expect(await refusal(federated({ clientId: stranger }))).toMatch(/\(AADSTS700211\): .*--service-account-issuer/);
  });

  test('signature', async () => {
    const forge = (token: string) => token.replace(/\.[^.]*$/, `.${Buffer.alloc(256, 1).toString('base64url')}`);
    expect(await refusal({ workloadIdentity }, { forge })).toMatch(/\(AADSTS700027\): .*could not verify/);
  });

  test('time, where the clocks differ', async () => {
    const now = () => new Date(Date.now() + 24 * 3_600_000);
    const { issuer, ca } = cluster;
    const tomorrow = await startAzure({ verifiers: { [issuer]: createTokenVerifier({ issuer, ca, now }) } });
    const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
    tomorrow.directory.register({ tenantId, clientId, federated: [{ issuer, subject, audience }] });
    expect(await refusal({ workloadIdentity }, { at: tomorrow })).toMatch(/\(AADSTS700024\): .*clock/);
    await tomorrow.stop();
  });

  test('an issuer that Entra cannot reach', async () => {
    const apart = await startAzure();
    const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
    apart.directory.register({ tenantId, clientId, federated: [{ issuer: cluster.issuer, subject, audience }] });
    expect(await refusal({ workloadIdentity }, { at: apart })).toMatch(/\(AADSTS50166\): .*have to be public/);
    await apart.stop();
  });

  test('client secret', async () => {
    expect(await refusal({ servicePrincipal }, { secret: 'wrong' })).toMatch(/Secret "azure" as .*\(AADSTS7000215\)/);
    expect(await refusal({ servicePrincipal }, { secret: 'ended' })).toMatch(
      /\(AADSTS7000222\): the client secret has expired/,
    );
  });
});

test('a vault of another tenant says so', async () => {
  const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
  const federated = [{ issuer: cluster.issuer, subject, audience }];
  azure.directory.register({ tenantId: otherTenant, clientId, federated });
  const answer = await read({ workloadIdentity: { ...workloadIdentity, tenantId: otherTenant } }, 'warehouse');
  expect(faultText(answer)).toMatch(/^AuthFailed: .*\(AKV10032\): it belongs to another tenant: set tenantId/);
});

describe('what is no secret', () => {
  test('needs another role, is served in its public part, and is absent when it is disabled', async () => {
    const cer = Buffer.from('certificate').toString('base64');
    const version = azure.publicObjects.putCertificate('web', cer);
    azure.publicObjects.putKey('sign', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AQ', key_ops: ['verify'] });
    expect(faultText(await read({ workloadIdentity }, 'certificate/web'))).toMatch(
      /^AccessDenied: .*"Key Vault Reader"/,
    );
    azure.access.assign(clientId, 'Key Vault Reader');
    const certificate = await read({ workloadIdentity }, 'certificate/Web');
    expect(certificate).toMatchObject({ ok: true, value: { version } });
    expect(certificate.ok && certificate.value.value.revealText()).toBe(
      `-----BEGIN CERTIFICATE-----\n${cer}\n-----END CERTIFICATE-----\n`,
    );
    const key = await read({ workloadIdentity }, 'key/sign');
    expect(JSON.parse((key.ok && key.value.value.revealText()) || '{}')).toMatchObject({ kty: 'EC', x: 'AA' });
    expect(faultText(await read({ workloadIdentity }, 'certificate/nobody'))).toMatch(/^KeyNotFound/);
    expect(faultText(await read({ workloadIdentity }, 'key/nobody'))).toMatch(/^KeyNotFound/);
    azure.publicObjects.disable('certificates', 'web');
    azure.publicObjects.disable('keys', 'sign');
    expect(faultText(await read({ workloadIdentity }, 'certificate/web'))).toMatch(/^KeyNotFound: .*disabled/);
    expect(faultText(await read({ workloadIdentity }, 'key/sign'))).toMatch(/^KeyNotFound: .*disabled/);
  });
});

test('a secret that was deleted and recovered is the same again', async () => {
  const { version } = azure.secrets.set('recovered', { value: canary });
  azure.secrets.remove('recovered');
  expect(faultText(await read({ workloadIdentity }, 'recovered'))).toMatch(/^KeyNotFound/);
  azure.secrets.recover('recovered');
  expect(await read({ workloadIdentity }, 'recovered')).toMatchObject({ ok: true, value: { version } });
});

test('a role on one secret leaves the rest denied, absent or not, and lists nothing', async () => {
  const single = '55555555-0000-4000-8000-000000000005';
  const subject = `system:serviceaccount:${cluster.namespace('team-a')}:app`;
  azure.directory.register({ tenantId, clientId: single, federated: [{ issuer: cluster.issuer, subject, audience }] });
  azure.access.assign(single, 'Key Vault Secrets User', 'secrets/warehouse');
  const session = await enter({ workloadIdentity: { ...workloadIdentity, clientId: single } });
  if (!session.ok) throw new Error(session.fault.message);
  const outcome = async (key: string) => faultText(await session.value.read({ key }, never));
  expect(await outcome('warehouse')).toBe('no fault');
  expect(await outcome('other')).toMatch(/^AccessDenied/);
  const list = await session.value.list?.({ prefix: '', tags: {}, limit: 10 }, never);
  expect(list && faultText(list)).toMatch(/^AccessDenied: .*refused the list of secrets/);
});
