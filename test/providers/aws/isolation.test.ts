import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { awsSm } from '../../../src/providers/aws-sm/index.ts';
import { json } from '../../servers/answers.ts';
import { canary, faultText, never, type Rig, refusal, startRig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(awsSm);
});
afterAll(() => rig.stop());

const served = { GetSecretValue: json({ Name: 'a', VersionId: 'v', SecretString: canary }) };

describe('the environment of the operator', () => {
  let home: string;
  const environment = {
    AWS_ACCESS_KEY_ID: 'AKIAOFTHEENVIRONMENT',
    AWS_SECRET_ACCESS_KEY: 'of-the-environment',
    AWS_SESSION_TOKEN: 'of-the-environment',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_MAX_ATTEMPTS: '5',
    AWS_RETRY_MODE: 'adaptive',
    AWS_DEFAULTS_MODE: 'auto',
    AWS_PROFILE: 'other',
    AWS_SDK_UA_APP_ID: 'of-the-environment',
    AWS_EXECUTION_ENV: 'of-the-environment',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1',
  };
  beforeAll(async () => {
    home = await mkdtemp(`${tmpdir()}/shearline-aws-home-`);
    await writeFile(
      `${home}/config`,
      '[profile other]\nregion = us-east-1\nuse_fips_endpoint = true\nmax_attempts = 5\n',
    );
  });
  afterEach(() => {
    for (const name of [...Object.keys(environment), 'AWS_CONFIG_FILE']) delete process.env[name];
  });
  afterAll(() => rm(home, { recursive: true }));

  test('has no influence on address, keys, region and attempts', async () => {
    Object.assign(process.env, environment, { AWS_CONFIG_FILE: `${home}/config` });
    const session = await rig.session(served);
    const before = rig.standIn.requests.length;
    expect(faultText(await session.read({ key: 'a' }, never))).toBe('ok');
    rig.answerWith({ '*': refusal('InternalServiceError', '', 500) });
    expect(faultText(await session.read({ key: 'a' }, never))).toMatch(/^ProviderUnavailable/);
    const sent = rig.standIn.requests.slice(before);
    expect(sent).toHaveLength(2);
    for (const { headers } of sent) {
      expect(headers.authorization).toMatch(/Credential=AKIA0000000000000000\/\d{8}\/eu-central-1\/secretsmanager\//);
      expect(headers['x-amz-security-token']).toBeUndefined();
      expect(JSON.stringify(headers)).not.toContain('of-the-environment');
    }
  });
});

test('the secret key is never sent', async () => {
  const session = await rig.session(served);
  await session.read({ key: 'a' }, never);
  const sent = rig.standIn.requests.map(({ path, headers, body }) => JSON.stringify([path, headers, body])).join();
  expect(sent).not.toContain(canary);
});

test('a clock that is wrong is set right by the first answer', async () => {
  const hourLater = new Date(Date.now() + 3_600_000);
  const skewed = json(
    { __type: 'InvalidSignatureException', message: 'Signature expired: x is now earlier than y' },
    403,
    {
      date: hourLater.toUTCString(),
    },
  );
  const session = await rig.session({ GetSecretValue: skewed });
  expect(faultText(await session.read({ key: 'a' }, never))).toMatch(/^ProviderUnavailable: .*clock of the operator/);
  rig.answerWith(served);
  expect(faultText(await session.read({ key: 'a' }, never))).toBe('ok');
  const [date = ''] = [rig.standIn.requests.at(-1)?.headers['x-amz-date']].flat();
  expect(date.slice(0, 11)).toBe(hourLater.toISOString().replace(/[:-]/g, '').slice(0, 11));
});
