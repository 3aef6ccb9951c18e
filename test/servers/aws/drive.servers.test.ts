import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ConformanceCluster, startConformanceCluster } from '../../conformance/cluster.ts';
import { hands as secretHands } from '../../providers/aws-sm/hands.ts';
import { hands as parameterHands } from '../../providers/aws-ssm/hands.ts';
import { installParts } from '../install.ts';
import { parts } from '../parts.ts';
import { sharedControlPlane } from '../shared.ts';
import { type Aws, allow, startAws } from './aws.ts';

let cluster: ConformanceCluster;
let aws: Aws;
beforeAll(async () => {
  cluster = await startConformanceCluster(await sharedControlPlane());
  aws = await startAws(cluster);
}, 120_000);
afterAll(async () => {
  await aws?.stop();
  await cluster?.close();
}, 30_000);

async function drive(input: object): Promise<unknown> {
  const { awsPython } = await installParts([parts.aws]);
  const env = { HOME: cluster.controlPlane.directory }; // no AWS_* and no ~/.aws of whoever runs the test
  const running = promisify(execFile)(awsPython, [`${import.meta.dirname}/drive.py`], { env });
  running.child.stdin?.end(JSON.stringify(input));
  return JSON.parse((await running).stdout);
}

test('boto3 is served as by AWS', async () => {
  const [secrets, parameters] = [secretHands(aws), parameterHands(aws)];
  await secrets.put('shared/a', 'one');
  await secrets.put('shared/a', 'two');
  await secrets.put('shared/b', Uint8Array.of(0, 255));
  await secrets.put('hidden/c', 'hidden');
  await secrets.tag('shared/b', { team: 'etl' });
  for (const value of ['one', 'two']) await parameters.put('/shared/a', value);
  for (const name of ['/shared/b', '/hidden/c']) await parameters.put(name, 'x');
  await parameters.tag('/shared/b', { team: 'etl' });
  const account = { serviceAccount: 'app', namespace: cluster.namespace('team-a') };
  const token = await cluster.token(account, { audiences: ['sts.amazonaws.com'] });
  const subject = `system:serviceaccount:${account.namespace}:app`;
  const answers = await drive({
    region: aws.region,
    endpoint: aws.address,
    ca: aws.caFile,
    token,
    forged: `${token.slice(0, -40)}${'A'.repeat(40)}`,
    'for another': await cluster.token(account, { audiences: ['vault'] }),
    role: await aws.webIdentityRole('app', subject, [
      allow('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:*:*:secret:shared/*'),
      allow(['ssm:GetParameter', 'ssm:GetParameters'], 'arn:aws:ssm:*:*:parameter/shared/*'),
      allow(['secretsmanager:BatchGetSecretValue', 'secretsmanager:ListSecrets', 'ssm:DescribeParameters'], '*'),
    ]),
    'foreign role': await aws.webIdentityRole('foreign', 'system:serviceaccount:elsewhere:app', [allow('s3:*', '*')]),
  });
  expect(answers).toEqual({
    forged: 'InvalidIdentityToken',
    'wrong audience': 'InvalidIdentityToken',
    'foreign role': 'AccessDenied',
    string: 'two',
    binary: '00ff',
    previous: 'one',
    missing: 'ResourceNotFoundException',
    'missing stage': 'ResourceNotFoundException',
    denied: 'AccessDeniedException',
    batch: ['shared/a'],
    'batch errors': ['AccessDeniedException', 'ResourceNotFoundException'],
    '21 secrets': 'InvalidParameterException',
    'list by tag': ['shared/b'],
    parameter: 'two',
    version: 'one',
    'missing parameter': 'ParameterNotFound',
    'missing version': 'ParameterVersionNotFound',
    'denied parameter': 'AccessDeniedException',
    parameters: ['/shared/none'],
    'denied among parameters': 'AccessDeniedException',
    '11 parameters': 'ValidationException',
    'parameters by tag': ['/shared/b'],
    'a page too large': 'ValidationException',
  });
}, 60_000);
