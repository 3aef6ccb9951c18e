import { describe, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { awsSsm } from '../../../src/providers/aws-ssm/index.ts';
import { defineProvider } from '../../../src/providers/index.ts';
import { bound } from './account.ts';
import { staticAuth } from './rig.ts';

const role = 'arn:aws:iam::123456789012:role/etl/reader';
const webIdentity = { serviceAccountRef: { name: 'app' } };
const sourceIn = (region: string, auth: object) => ({ region, auth });

describe('what a source needs', () => {
  test('by web identity: a token for STS, and the annotation where the source names no role', () => {
    const { needs } = bound(awsSm, sourceIn('eu-central-1', { webIdentity }));
    expect(needs).toEqual({
      addresses: ['https://secretsmanager.eu-central-1.amazonaws.com', 'https://sts.eu-central-1.amazonaws.com'],
      serviceAccount: {
        name: 'app',
        audiences: ['sts.amazonaws.com'],
        annotations: ['eks.amazonaws.com/role-arn'],
      },
      credentials: [],
    });
    expect(
      bound(awsSm, sourceIn('eu-central-1', { webIdentity: { ...webIdentity, role } })).needs.serviceAccount,
    ).toEqual({ name: 'app', audiences: ['sts.amazonaws.com'] });
  });

  test('by keys: the Secret, and STS only on the way to another role', () => {
    const { needs } = bound(awsSsm, sourceIn('eu-central-1', staticAuth));
    expect(needs.addresses).toEqual(['https://ssm.eu-central-1.amazonaws.com']);
    expect(needs.credentials).toEqual([
      { name: 'aws', key: 'id' },
      { name: 'aws', key: 'secret' },
    ]);
    const chained = { staticKeys: { ...staticAuth.staticKeys, assumeRole: { role } } };
    expect(bound(awsSsm, sourceIn('eu-central-1', chained)).needs.addresses).toContain(
      'https://sts.eu-central-1.amazonaws.com',
    );
  });

  test.each([
    ['PodIdentity', 'http://169.254.170.23'],
    ['InstanceRole', 'http://169.254.169.254'],
  ])('as the operator via %s: its flag, and that one metadata service', (via, address) => {
    const { needs } = bound(awsSm, sourceIn('eu-central-1', { operator: { via } }));
    expect(needs.operatorIdentity).toBe(true);
    expect(needs.serviceAccount).toBeUndefined();
    expect(needs.addresses).toEqual(['https://secretsmanager.eu-central-1.amazonaws.com', address]);
  });

  test.each([
    ['eu-west-3', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['us-iso-east-1', 'c2s.ic.gov'],
    ['us-isob-east-1', 'sc2s.sgov.gov'],
    ['eusc-de-east-1', 'amazonaws.eu'],
  ])('the hosts of %s end with %s', (region, domain) => {
    expect(bound(awsSm, sourceIn(region, { webIdentity })).needs.addresses).toEqual([
      `https://secretsmanager.${region}.${domain}`,
      `https://sts.${region}.${domain}`,
    ]);
  });
});

describe('a source that cannot work is refused', () => {
  const url = 'https://user:CANARY-7f3a@sts.example.com';
  test.each<[string, object, RegExp]>([
    ['no login', { region: 'eu-central-1', auth: {} }, /not valid/],
    ['two logins', sourceIn('eu-central-1', { webIdentity, ...staticAuth }), /not valid/],
    ['no region', { auth: { webIdentity } }, /not valid/],
    ['no such region', sourceIn('Frankfurt', { webIdentity }), /not valid/],
    ['a password in an endpoint', { ...sourceIn('eu-central-1', { webIdentity }), endpoint: url }, /not valid/],
    [
      'a query in an endpoint',
      { ...sourceIn('eu-central-1', { webIdentity }), stsEndpoint: 'https://sts.example.com//x' },
      /stsEndpoint must be a URL/,
    ],
    ['no ARN as role', sourceIn('eu-central-1', { webIdentity: { ...webIdentity, role: 'reader' } }), /not valid/],
    [
      'a role of another partition',
      sourceIn('cn-north-1', { webIdentity: { ...webIdentity, role } }),
      /auth.webIdentity.role must begin with arn:aws-cn:iam/,
    ],
    [
      'a next role of another partition',
      sourceIn('us-gov-west-1', { operator: { via: 'PodIdentity', assumeRole: { role } } }),
      /assumeRole.role must begin with arn:aws-us-gov:iam/,
    ],
    ['an operator without a way', sourceIn('eu-central-1', { operator: {} }), /not valid/],
  ])('%s', (_, spec, expected) => {
    for (const result of [defineProvider(awsSm).bind(spec), defineProvider(awsSsm).bind(spec)]) {
      expect(JSON.stringify(result)).not.toContain('CANARY-7f3a');
      expect(result.ok ? 'ok' : result.fault.message).toMatch(expected);
    }
  });
});
