import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import type { Harness, Team } from '../../conformance/harness.ts';
import { allow, type Policy } from '../../servers/aws/aws.ts';
import { bound, byAnnotation, startTeamsAccount } from '../aws/account.ts';
import { hands } from './hands.ts';

const policyOf = (team: Team): Policy => [
  allow('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:shared/*'),
  allow('secretsmanager:GetSecretValue', `arn:aws:secretsmanager:*:*:secret:${team}/*`),
  allow(['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets'], '*'),
];

export async function startHarness(cluster: ConformanceCluster): Promise<Harness> {
  const { aws, place } = await startTeamsAccount(cluster, policyOf);
  const { put, tag, remove } = hands(aws);
  await put('hidden/db', 'CANARY-7f3a');
  const spec = { ...place, auth: byAnnotation };
  return {
    provider: bound(awsSm, spec),
    spec,
    key: name => `shared/${name}`,
    deniedKey: 'hidden/db',
    ownKey: team => `${team}/own`,
    spellings: [
      ['/hidden/db', '/hidden/db'],
      ['//hidden/db', 'refused'],
      ['hidden/db/', 'refused'],
      ['hidden//db', 'refused'],
      [' hidden/db', 'refused'],
      ['hidden%2Fdb', 'refused'],
      ['hidden/db:x', 'refused'],
      ['Hidden/db', 'Hidden/db'],
      ['hidden/db-a1b2c3', 'hidden/db-a1b2c3'],
      [`arn:aws:secretsmanager:${aws.region}:${aws.account}:secret:hidden/db`, 'refused'],
      [`arn:aws:secretsmanager:${aws.region}:${aws.account}:secret:hidden/db-a1b2c3`, 'refused'],
      [`arn:aws:ssm:${aws.region}:${aws.account}:parameter/hidden/db`, 'refused'],
    ],
    put: (key, value) => put(key, value),
    takes: { bytes: 65_536, binary: true, empty: false, onlyJson: false },
    waysToGo: {
      'scheduled for deletion': key => remove(key, 'scheduled'),
      'deleted without recovery': key => remove(key, 'at once'),
    },
    pins: [
      ['AWSCURRENT', 'two'],
      ['AWSPREVIOUS', 'one'],
      ['previous', 'one'],
    ],
    noSuchPins: ['AWSPENDING', 'release', '00000000-0000-4000-8000-000000000000'],
    tag,
    revokeLogins: async () => aws.endKeys(),
    misbehave: aws.misbehave,
    seen: aws.seen,
    records: aws.records,
    close: aws.stop,
  };
}
