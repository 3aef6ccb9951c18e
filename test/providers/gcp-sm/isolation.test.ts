import { format } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { canary } from '../../canary.ts';
import { accessed, never, reply, rig, spec, storeRig } from './rig.ts';

describe('the environment of the operator', () => {
  const environment = {
    GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent.json',
    GOOGLE_CLOUD_PROJECT: 'of-the-environment',
    GOOGLE_CLOUD_QUOTA_PROJECT: 'of-the-environment',
    GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'of-the-environment.example',
    GOOGLE_SDK_NODE_LOGGING: 'all',
    GCE_METADATA_HOST: '127.0.0.1:1',
    METADATA_SERVER_DETECTION: 'assume-present',
    HTTPS_PROXY: 'http://127.0.0.1:1',
  };
  const printed: string[] = [];
  beforeEach(() => {
    Object.assign(process.env, environment);
    for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const)
      jest.spyOn(console, method).mockImplementation((...args: unknown[]) => void printed.push(format(...args)));
  });
  afterEach(() => {
    for (const name of Object.keys(environment)) delete process.env[name];
    jest.restoreAllMocks();
  });

  test('has no influence on addresses, tokens and projects, and has nothing printed', async () => {
    const wire = storeRig(() => accessed(canary));
    const session = await wire.session();
    expect((await session.read({ key: 'x' }, never)).ok).toBe(true);
    expect(wire.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://sts.googleapis.com/v1/token',
      'GET https://secretmanager.googleapis.com:443/v1/projects/etl-prod/secrets/x/versions/latest:access?$alt=json%3Benum-encoding=int',
    ]);
    expect(wire.sent[1]?.headers).toMatchObject({ authorization: `Bearer token-${canary}` });
    expect(wire.sent[1]?.headers).not.toHaveProperty('x-goog-user-project');
    expect(printed).toEqual([]);
  });
});

test('two sessions never send each other’s token', async () => {
  const wires = ['one', 'two'].map(name =>
    rig(({ method }) => (method === 'POST' ? reply({ access_token: name, expires_in: 60 }) : accessed('v'))),
  );
  const sessions = await Promise.all(wires.map(wire => wire.session()));
  await Promise.all(sessions.map(session => session.read({ key: 'x' }, never)));
  expect(wires.map(wire => wire.sent[1]?.headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
});

test('a read is one request, and a regional one goes to its region', async () => {
  const wire = storeRig(() => accessed('v'));
  const session = await wire.session(spec({ location: 'europe-west3' }));
  await session.read({ key: 'x', version: '7' }, never);
  expect(wire.sent.slice(1).map(({ url }) => url.replace(/\?.*/, ''))).toEqual([
    'https://secretmanager.europe-west3.rep.googleapis.com:443/v1/projects/etl-prod/locations/europe-west3/secrets/x/versions/7:access',
  ]);
});

test.each([['a/b'], ['../x'], ['x:access'], ['x?y'], ['projects/other/secrets/x'], ['']])(
  'nothing is sent for the key %j, nor for a version such as it',
  async key => {
    const wire = storeRig(() => accessed('v'));
    const session = await wire.session();
    expect(await session.read({ key }, never)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
    expect(await session.read({ key: 'x', version: `1/${key}` }, never)).toMatchObject({ ok: false });
    expect(wire.sent).toHaveLength(1);
  },
);
