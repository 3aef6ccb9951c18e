import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { json } from '../../servers/answers.ts';
import type { Rig } from './rig.ts';
import { canary, credentials, startRig } from './rig.ts';
import { appRoleAuth, loggedIn, never, spec, tokenAuth } from './setting.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

describe('nothing is sent', () => {
  test.each([['a/../b'], ['a//b'], ['a%2fb'], ['a?x'], ['/a'], ['a\nb']])('for the key %j', async key => {
    const logged = await rig.session({});
    const before = rig.requests.length;
    expect(await logged.read({ key }, never)).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
    expect(await logged.read({ key: 'a', version: '1&list=true' }, never)).toMatchObject({ ok: false });
    expect(rig.requests).toHaveLength(before);
  });
});

describe('the environment of the operator', () => {
  const environment = {
    VAULT_ADDR: 'http://127.0.0.1:1',
    VAULT_TOKEN: 's.of-the-environment',
    VAULT_NAMESPACE: 'of-the-environment',
    VAULT_PREFIX: '/of-the-environment',
    VAULT_SKIP_VERIFY: '1',
    DEBUG: '*',
  };
  afterEach(() => {
    for (const name of Object.keys(environment)) delete process.env[name];
  });

  test('has no influence on address, token, namespace and path', async () => {
    Object.assign(process.env, environment);
    rig.answerWith({
      'auth/approle/login': json({ auth: { client_token: 's.mine', lease_duration: 60, renewable: false } }),
    });
    const given = spec({ address: rig.address, auth: appRoleAuth });
    const before = rig.requests.length;
    const logged = await loggedIn(given, { credentials });
    await logged.read({ key: 'etl/x' }, never);
    const sent = rig.requests.slice(before);
    expect(sent.map(({ path }) => path)).toEqual([
      '/v1/auth/approle/login',
      '/v1/secret/data/etl/x',
      '/v1/sys/internal/ui/mounts/secret',
    ]);
    expect(sent.map(({ headers }) => headers['x-vault-token'])).toEqual([undefined, 's.mine', 's.mine']);
    expect(sent.map(({ headers }) => headers['x-vault-namespace'])).toEqual([undefined, undefined, undefined]);
  });

  test('two sessions never send each other’s token or namespace', async () => {
    const first = await rig.session({}, { namespace: 'one' });
    const second = await loggedIn(spec({ address: rig.address, auth: tokenAuth }), {
      credentials: { token: 's.two' },
    });
    const before = rig.requests.length;
    await Promise.all([first.read({ key: 'a' }, never), second.read({ key: 'b' }, never)]);
    const headers = (key: string) => rig.requests.slice(before).find(({ path }) => path.endsWith(`/${key}`))?.headers;
    expect(headers('a')).toMatchObject({ 'x-vault-token': `s.${canary}`, 'x-vault-namespace': 'one' });
    expect(headers('b')).toMatchObject({ 'x-vault-token': 's.two' });
    expect(headers('b')).not.toHaveProperty('x-vault-namespace');
  });
});
