import { gcpSm } from '../../../src/providers/gcp-sm/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import type { BoundProvider } from '../../../src/providers/provider.ts';
import { canary } from '../../canary.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import { type Harness, type Team, teams } from '../../conformance/harness.ts';
import { type Google, project, startGoogle } from '../../servers/google/google.ts';
import type { Secret } from '../../servers/google/secrets.ts';
import { gkePool, oidcProvider } from '../../servers/google/token-service.ts';

const pool = `projects/${project.number}/locations/global/workloadIdentityPools/clusters`;
/** As a spec has it. */
export const provider = `${pool}/providers/this-one`;
export const gkeCluster = `projects/${project.id}/locations/europe-west3/clusters/etl`;

/** How IAM policies name the ServiceAccount `app` of a team, by the one way in and by the other. */
export const principalOf = (cluster: ConformanceCluster, team: Team): string =>
  `principal://iam.googleapis.com/${pool}/subject/system:serviceaccount:${cluster.namespace(team)}:app`;
export const gkePrincipalOf = (cluster: ConformanceCluster, team: Team): string =>
  `principal://iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/${project.id}.svc.id.goog/subject/ns/${cluster.namespace(team)}/sa/app`;

/** A project that trusts a cluster, both as a pool provider and as GKE would. */
export async function startFor({ verifier }: ConformanceCluster): Promise<Google> {
  const google = await startGoogle();
  google.providers.push(
    oidcProvider({ projectNumber: project.number, pool: 'clusters', provider: 'this-one' }, { verifier }),
    gkePool({ projectNumber: project.number, projectId: project.id, cluster: gkeCluster }, verifier),
  );
  return google;
}

/** Global secrets; the ServiceAccounts themselves are in the policy. */
export async function startGlobal(cluster: ConformanceCluster): Promise<Harness> {
  const google = await startFor(cluster);
  for (const team of teams) admit(google, team, principalOf(cluster, team));
  const auth = { workloadIdentity: { provider, serviceAccountRef: { name: 'app' } } };
  return harness(google, specAt(google, { caBundle: await cluster.caBundle('google-ca', google.caBundle), auth }));
}

export const emails: Readonly<Record<Team, string>> = {
  'team-a': `team-a@${project.id}.iam.gserviceaccount.com`,
  'team-b': `team-b@${project.id}.iam.gserviceaccount.com`,
};

/** Regional secrets; each team acts as the Google service account that its ServiceAccount names. */
export async function startRegional(cluster: ConformanceCluster): Promise<Harness> {
  const google = await startFor(cluster);
  for (const team of teams) {
    google.accounts.add(emails[team]);
    google.policy.letActAs(gkePrincipalOf(cluster, team), emails[team]);
    admit(google, team, `serviceAccount:${emails[team]}`);
    await cluster.annotate(team, { 'iam.gke.io/gcp-service-account': emails[team] });
  }
  const auth = { gke: { cluster: gkeCluster, serviceAccountRef: { name: 'app' } } };
  const caBundle = await cluster.caBundle('google-ca', google.caBundle);
  return harness(google, specAt(google, { caBundle, auth, location: 'europe-west3' }), 'europe-west3');
}

/** Where the role is on single secrets, Google refuses what is not there and proves no absence: it is on the project. */
function admit({ policy }: Google, team: Team, principal: string): void {
  for (const beginsWith of ['app_', `${team}_`])
    policy.bind({ principal, role: 'roles/secretmanager.secretAccessor', beginsWith });
  policy.bind({ principal, role: 'roles/secretmanager.viewer' });
}

export const specAt = ({ address }: Pick<Google, 'address'>, more: object): object => ({
  project: project.id,
  endpoint: address,
  stsEndpoint: address,
  iamEndpoint: address,
  oauthEndpoint: address,
  ...more,
});

export function bound(spec: object): BoundProvider {
  const provider = defineProvider(gcpSm).bind(spec);
  if (!provider.ok) throw new Error(provider.fault.message);
  return provider.value;
}

function harness(google: Google, spec: object, location?: string): Harness {
  const { secrets } = google;
  const stored = (key: string): Secret => secrets.find(key, location) ?? secrets.create(key, location);
  const change = (key: string, state: 'DISABLED' | 'DESTROYED') =>
    stored(key).versions.forEach(({ number }) => void secrets.setState(stored(key), number, state));
  secrets.addVersion(stored('denied'), Buffer.from(canary));
  return {
    provider: bound(spec),
    spec,
    key: name => `app_${name}`,
    deniedKey: 'denied',
    ownKey: team => `${team}_own`,
    spellings: spellingsIn(location),
    put: async (key, value) => {
      const { number } = secrets.addVersion(stored(key), Buffer.from(value));
      secrets.update(stored(key), { aliases: { live: number, first: 1 } });
      return `${number}`;
    },
    takes: { bytes: 65_536, binary: true, empty: false, onlyJson: false },
    waysToGo: {
      deleted: async key => secrets.remove(stored(key)),
      'all versions disabled': async key => change(key, 'DISABLED'),
      'all versions destroyed': async key => change(key, 'DESTROYED'),
    },
    pins: [
      ['live', 'two'],
      ['first', 'one'],
      ['latest', 'two'],
      ['previous', 'one'],
    ],
    noSuchPins: ['3', '999999', 'never'],
    tag: async (key, labels) => void secrets.update(stored(key), { labels }),
    moreThanAPage: 270,
    revokeLogins: async () => google.grants.revokeAll(),
    misbehave: google.misbehave,
    seen: google.seen,
    records: async () => google.urls().join('\n'),
    close: google.stop,
  };
}

function spellingsIn(location: string | undefined): Harness['spellings'] {
  const parent = `projects/${project.id}${location === undefined ? '' : `/locations/${location}`}`;
  const other = location === undefined ? '/locations/europe-west3' : '';
  return [
    [`${parent}/secrets/denied`, 'denied'],
    ...[
      ...[
        `${parent}/secrets/denied/versions/1`,
        `${parent}/secrets/denied/`,
        `${parent}/secrets//denied`,
        `/${parent}/secrets/denied`,
      ],
      ...[`projects/${project.id}${other}/secrets/denied`, `projects/${project.number}/secrets/denied`],
      ...[`projects/other/secrets/denied`, `${parent.toUpperCase()}/secrets/denied`, `${parent}/Secrets/denied`],
      ...[
        `//secretmanager.googleapis.com/${parent}/secrets/denied`,
        'secrets/denied',
        'denied/versions/1',
        'denied:access',
      ],
      ...[
        'denied ',
        ' denied',
        'den%69ed',
        'denied?alt=json',
        'denied#',
        'den\u0131ed',
        'denied.',
        'denied*',
        'x'.repeat(256),
      ],
    ].map(spelling => [spelling, 'refused'] as const),
  ];
}
