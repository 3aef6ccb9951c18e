import { http } from '../../../src/providers/http/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { type Harness, teams } from '../../conformance/harness.ts';
import { issueCertificate } from '../../servers/certificates.ts';
import { startJsonApi } from '../../servers/json-api.ts';

const audience = 'json-api';

/** An API of JSON with versions, which takes tokens of ServiceAccounts. */
export async function startHttp(cluster: ConformanceCluster): Promise<Harness> {
  const { authority } = cluster.controlPlane;
  const tls = await issueCertificate(authority, { commonName: 'json-api', sans: ['127.0.0.1'] });
  const api = await startJsonApi({ tls, verifier: cluster.verifier, audience });
  for (const team of teams)
    api.rights.set(`system:serviceaccount:${cluster.namespace(team)}:app`, ['open/', `${team}/`]);
  api.put('locked/denied', 'CANARY-7f3a');
  const spec = {
    url: `${api.address}/v1/secrets/{key}?version={version}`,
    caBundle: await cluster.caBundle('json-api', authority.certificate),
    auth: { serviceAccountRef: { name: 'app', audiences: [audience] } },
    result: { pointer: '/data/value' },
    absent: { status: 404, pointer: '/error/code', value: 'no-such-secret' },
    versionHeader: 'X-Secret-Version',
  };
  const bound = defineProvider(http).bind(spec);
  if (!bound.ok) throw new Error(bound.fault.message);
  return {
    spec,
    provider: bound.value,
    key: name => `open/${name}`,
    deniedKey: 'locked/denied',
    ownKey: team => `${team}/own`,
    spellings: [
      ['locked/./denied', 'refused'],
      ['open/../locked/denied', 'refused'],
      ['open/%2e%2e/locked/denied', 'refused'],
      ['open%2f..%2flocked%2fdenied', 'refused'],
      ['open\\..\\locked\\denied', 'refused'],
      ['open/..;/locked/denied', 'refused'],
      ['open/.. /locked/denied', 'refused'],
      ['locked/denied?version=1', 'refused'],
      ['locked/denied#x', 'refused'],
      ['/locked/denied', 'refused'],
      ['locked/denied/', 'refused'],
    ],
    put: async (key, value) => api.put(key, `${value}`),
    takes: { bytes: 1024 * 1024, binary: false, empty: true, onlyJson: false },
    waysToGo: { removed: async key => api.remove(key) },
    pins: [],
    noSuchPins: ['999', 'never'],
    revokeLogins: async () => api.endTokens(),
    misbehave: api.misbehave,
    seen: () => api.seen,
    records: async () => api.requests.map(({ method, path }) => `${method} ${path}`).join('\n'),
    close: api.stop,
  };
}
