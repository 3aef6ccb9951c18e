import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { ok } from '../../../src/core/result.ts';
import { SecretValue } from '../../../src/core/secret-value.ts';
import type { ProviderHttp } from '../../../src/net/http.ts';
import { createProviderTransport } from '../../../src/net/transport.ts';
import type { ProviderPorts } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import type { Team } from '../../conformance/harness.ts';
import { type Google, project } from '../../servers/google/google.ts';
import { oidcProvider } from '../../servers/google/token-service.ts';
import { sharedControlPlane } from '../../servers/shared.ts';
import { faultText } from '../wire.ts';
import { bound, emails, gkeCluster, gkePrincipalOf, principalOf, provider, specAt, startFor } from './harness.ts';
import { never } from './rig.ts';

let cluster: ConformanceCluster;
let google: Google;
let http: ProviderHttp & { close(): Promise<void> };
const serviceAccountRef = { name: 'app' };
const key = 'warehouse';

beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  google = await startFor(cluster);
  const egress = { namespaced: false, allowInsecure: true, allow: [], deny: [] };
  http = createProviderTransport({ egress, authorities: [google.caBundle] });
  google.secrets.addVersion(google.secrets.create(key, undefined), Buffer.from(canary));
}, 180_000);
afterAll(async () => {
  await http?.close();
  await google?.stop();
  await cluster?.close();
});

interface Login {
  readonly team?: Team;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly keyFile?: string;
}

/** A real token of the team, made for the audiences that the source asks for. The metadata server is where we put it. */
function enter(more: object, { team = 'team-a', annotations = {}, keyFile = '' }: Login = {}) {
  const provider = bound(specAt(google, more));
  const namespace = cluster.namespace(team);
  const wanted = provider.needs.serviceAccount?.audiences;
  const audiences = Array.isArray(wanted) ? wanted : [];
  const token = async () =>
    SecretValue.fromText(await cluster.token({ serviceAccount: 'app', namespace }, { audiences }));
  const ports: ProviderPorts = {
    clock: systemClock,
    clusterAddress: cluster.issuer,
    serviceAccount: { namespace, name: 'app', uid: 'u', annotations },
    token: async () => ok(await token()),
    credential: async () => ok(SecretValue.fromText(keyFile)),
    http: {
      request: (call, signal) => {
        const url = call.url.replace('http://169.254.169.254', google.metadataAddress);
        return http.request({ ...call, url }, signal);
      },
    },
  };
  return provider.login(ports, never);
}

/** How the whole way ends: at the login, or with the value. */
async function outcome(...way: Parameters<typeof enter>): Promise<string> {
  const session = await enter(...way);
  return session.ok ? faultText(await session.value.read({ key }, never)) : faultText(session);
}

const reader = 'roles/secretmanager.secretAccessor';
const federated = { workloadIdentity: { provider, serviceAccountRef } };

describe('a pool provider', () => {
  test('lets in who has the role, and names who has not', async () => {
    expect(await outcome({ auth: federated })).toMatch(
      new RegExp(`^AccessDenied: .*grant ${reader} on it to ${principalOf(cluster, 'team-a')}`),
    );
    google.policy.bind({ principal: principalOf(cluster, 'team-a'), role: reader, secret: key });
    expect(await outcome({ auth: federated })).toBe('no fault');
    expect(await outcome({ auth: federated }, { team: 'team-b' })).toMatch(/^AccessDenied/);
    expect(google.seen().at(-2)).toEqual({
      kind: 'login',
      namespace: cluster.namespace('team-b'),
      audience: `//iam.googleapis.com/${provider}`,
    });
  });

  test('takes its own name with https: in front, and the audiences that it was told of instead', async () => {
    const ref = (audience: string) => ({ ...serviceAccountRef, audiences: [audience] });
    const as = (name: string, audience: string) => ({
      auth: { workloadIdentity: { provider: name, serviceAccountRef: ref(audience) } },
    });
    expect(await outcome(as(provider, `https://iam.googleapis.com/${provider}`))).toBe('no fault');
    expect(await outcome(as(provider, 'etl'))).toMatch(
      /^AuthFailed: .*does not take the token's audience, etl: check auth/,
    );
    const place = { projectNumber: project.number, pool: 'clusters', provider: 'choosy' };
    google.providers.push(oidcProvider(place, { verifier: cluster.verifier, allowedAudiences: ['etl'] }));
    const choosy = provider.replace('this-one', 'choosy');
    expect(await outcome(as(choosy, 'etl'))).toBe('no fault');
    expect(await outcome({ auth: { workloadIdentity: { provider: choosy, serviceAccountRef } } })).toMatch(
      /^AuthFailed/,
    );
  });

  test('that is not there, that has a condition, that knows another cluster', async () => {
    const named = (name: string) => ({
      auth: { workloadIdentity: { provider: provider.replace('this-one', name), serviceAccountRef } },
    });
    expect(await outcome(named('none-such'))).toMatch(/^AuthFailed: .*no such pool or provider/);
    const place = { projectNumber: project.number, pool: 'clusters' };
    const { verifier } = cluster;
    google.providers.push(
      oidcProvider(
        { ...place, provider: 'only-b' },
        { verifier, admits: token => token.namespace.startsWith('team-b') },
      ),
      oidcProvider(
        { ...place, provider: 'another' },
        { verifier: { verify: async () => ({ ok: false, reason: 'issuer' }) } },
      ),
    );
    expect(await outcome(named('only-b'))).toMatch(
      new RegExp(`^AuthFailed: .*condition is not met by system:serviceaccount:${cluster.namespace('team-a')}:app$`),
    );
    expect(await outcome(named('another'))).toMatch(/^AuthFailed: .*trusts another issuer/);
  });
});

describe('GKE', () => {
  const gke = { cluster: gkeCluster, serviceAccountRef };

  test('lets in who has the role, under the name that GKE gives', async () => {
    expect(await outcome({ auth: { gke } })).toMatch(/^AccessDenied: .*\/subject\/ns\/team-a-.*\/sa\/app$/);
    google.policy.bind({ principal: gkePrincipalOf(cluster, 'team-a'), role: reader, secret: key });
    expect(await outcome({ auth: { gke } })).toBe('no fault');
    const other = { ...gke, cluster: gkeCluster.replace('/etl', '/other') };
    expect(await outcome({ auth: { gke: other } })).toMatch(/^AuthFailed: .*check auth.gke.cluster/);
  });
});

describe('a Google service account', () => {
  const email = emails['team-b'];
  const annotations = { 'iam.gke.io/gcp-service-account': email };

  test('has to be there, to let the ServiceAccount, and to have the role', async () => {
    const way = () => outcome({ auth: federated }, { team: 'team-b', annotations });
    const refused = new RegExp(
      `^AuthFailed: Google IAM at .* does not let ${principalOf(cluster, 'team-b')} act as ${email}`,
    );
    expect(await way()).toMatch(refused);
    google.accounts.add(email);
    expect(await way()).toMatch(refused);
    google.policy.letActAs(principalOf(cluster, 'team-b'), email);
    expect(await way()).toMatch(new RegExp(`^AccessDenied: .*grant ${reader} on it to serviceAccount:${email}`));
    google.policy.bind({ principal: `serviceAccount:${email}`, role: reader, secret: key });
    expect(await way()).toBe('no fault');
  });

  test('is entered by its key, until that is deleted', async () => {
    const etl = `etl@${project.id}.iam.gserviceaccount.com`;
    const auth = { serviceAccountKey: { secretRef: { name: 'google', key: 'key.json' } } };
    const keyFile = google.accounts.newKey(etl);
    google.policy.bind({ principal: `serviceAccount:${etl}`, role: reader, secret: key });
    expect(await outcome({ auth }, { keyFile: `${keyFile}\n` })).toBe('no fault');
    google.accounts.deleteKeys(etl);
    expect(await outcome({ auth }, { keyFile })).toMatch(/^AuthFailed: .*the key was deleted or disabled/);
    const gone = keyFile.replaceAll(etl, `gone@${project.id}.iam.gserviceaccount.com`);
    expect(await outcome({ auth }, { keyFile: gone })).toMatch(/^AuthFailed: .*no such service account/);
  });

  test('is the operator’s own where the metadata server has one', async () => {
    const node = `node@${project.id}.iam.gserviceaccount.com`;
    expect(await outcome({ auth: { operator: {} } })).toMatch(
      /^AuthFailed: .*gives the operator no token \(status 404\)/,
    );
    google.attached = node;
    google.policy.bind({ principal: `serviceAccount:${node}`, role: reader, secret: key });
    expect(await outcome({ auth: { operator: {} } })).toBe('no fault');
    google.policy.letActAs(`serviceAccount:${node}`, email);
    expect(await outcome({ auth: { operator: { googleServiceAccount: email } } })).toBe('no fault');
  });
});

describe('a project', () => {
  test('is known by its number, too, and a wrong one is named', async () => {
    expect(await outcome({ auth: federated, project: project.number })).toBe('no fault');
    expect(await outcome({ auth: federated, project: 'other-project' })).toMatch(
      /^AccessDenied: .*there is no project other-project: check the source's project/,
    );
  });

  test('keeps regional secrets apart', async () => {
    const name = 'regional';
    google.secrets.addVersion(google.secrets.create(name, 'europe-west3'), Buffer.from(canary));
    google.policy.bind({ principal: principalOf(cluster, 'team-a'), role: reader });
    const read = async (more: object) => {
      const session = await enter({ auth: federated, ...more });
      return session.ok ? faultText(await session.value.read({ key: name }, never)) : faultText(session);
    };
    expect(await read({ location: 'europe-west3' })).toBe('no fault');
    expect(await read({ location: 'europe-west4' })).toMatch(/^KeyNotFound/);
    expect(await read({})).toMatch(/^KeyNotFound: .*a regional secret is found only by a source with its location/);
  });

  test('serves an older version when the newest is disabled, to who may see versions', async () => {
    const principal = principalOf(cluster, 'team-a');
    const stored = () => google.secrets.find('aged', undefined) ?? google.secrets.create('aged', undefined);
    for (const value of ['one', 'two', 'three', 'four']) google.secrets.addVersion(stored(), Buffer.from(value));
    google.policy.bind({ principal, role: reader, secret: 'aged' });
    const session = await enter({ auth: federated });
    if (!session.ok) throw new Error(faultText(session));
    const read = () => session.value.read({ key: 'aged' }, never);
    google.secrets.setState(stored(), 4, 'DISABLED');
    google.secrets.setState(stored(), 3, 'DESTROYED');
    expect(faultText(await read())).toMatch(/^AccessDenied: .*refused to list the versions of aged/);
    google.policy.bind({ principal, role: 'roles/secretmanager.viewer', secret: 'aged' });
    const answer = await read();
    expect(answer.ok && [answer.value.version, answer.value.value.revealText()]).toEqual(['2', 'two']);
    for (const number of [1, 2]) google.secrets.setState(stored(), number, 'DISABLED');
    expect(faultText(await read())).toMatch(/^KeyNotFound: .*no enabled version of aged/);
  });
});
