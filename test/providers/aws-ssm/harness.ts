import { awsSsm } from '../../../src/providers/aws-ssm/index.ts';
import type { ConformanceCluster } from '../../conformance/cluster.ts';
import type { Harness, Team } from '../../conformance/harness.ts';
import { allow, type Policy } from '../../servers/aws/aws.ts';
import { bound, byAnnotation, startTeamsAccount } from '../aws/account.ts';
import { hands } from './hands.ts';

const policyOf = (team: Team): Policy => [
  allow(['ssm:GetParameter', 'ssm:GetParameters'], 'arn:aws:ssm:*:*:parameter/shared/*'),
  allow(['ssm:GetParameter', 'ssm:GetParameters'], `arn:aws:ssm:*:*:parameter/${team}/*`),
  allow('ssm:DescribeParameters', '*'),
];

export async function startHarness(cluster: ConformanceCluster): Promise<Harness> {
  const { aws, place } = await startTeamsAccount(cluster, policyOf);
  const { put, label, tag, remove } = hands(aws);
  await put('/hidden/db', 'CANARY-7f3a');
  const spec = { ...place, auth: byAnnotation };
  return {
    provider: bound(awsSsm, spec),
    spec,
    key: name => `shared/${name}`,
    deniedKey: 'hidden/db',
    ownKey: team => `${team}/own`,
    spellings: [
      ['/hidden/db', 'hidden/db'],
      ['//hidden/db', 'refused'],
      ['/hidden/db/', 'refused'],
      ['hidden//db', 'refused'],
      ['hidden/db:1', 'refused'],
      ['hidden/db:label', 'refused'],
      [' hidden/db', 'refused'],
      ['hidden%2Fdb', 'refused'],
      ['Hidden/db', 'Hidden/db'],
      [`arn:aws:ssm:${aws.region}:${aws.account}:parameter/hidden/db`, 'refused'],
    ],
    put: async (key, value) => {
      if (typeof value !== 'string') throw new Error('a parameter is text');
      const version = await put(`/${key}`, value);
      await label(`/${key}`, version, `put-${version}`);
      return `${version}`;
    },
    takes: { bytes: 4096, binary: false, empty: false, onlyJson: false },
    waysToGo: { deleted: key => remove(`/${key}`) },
    pins: [
      ['put-1', 'one'],
      ['put-2', 'two'],
      ['previous', 'one'],
    ],
    noSuchPins: ['999', 'no-such-label'],
    tag: (key, tags) => tag(`/${key}`, tags),
    revokeLogins: async () => aws.endKeys(),
    misbehave: aws.misbehave,
    seen: aws.seen,
    records: aws.records,
    close: aws.stop,
  };
}
