import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RestConfig } from '../../src/kube/credentials.ts';
import { inClusterConfig } from '../../src/kube/credentials.ts';
import { restConfigFromKubeconfig } from '../../src/kube/kubeconfig.ts';
import { FakeClock } from './builders.ts';

const canary = 'CANARY-7f3a';
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(`${tmpdir()}/shearline-login-`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const file = async (name: string, content: string): Promise<string> => {
  await writeFile(`${directory}/${name}`, content, { mode: 0o755 });
  return `${directory}/${name}`;
};

/** A kubeconfig with this user; JSON is YAML. */
const kubeconfig = (user: unknown, cluster: object = {}): Promise<string> =>
  file(
    'kubeconfig',
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'shearline' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );

async function loginWith(user: unknown, cluster?: object, clock = new FakeClock()): Promise<RestConfig> {
  const login = await restConfigFromKubeconfig(await kubeconfig(user, cluster), clock);
  if (!login.ok) throw new Error(login.fault.message);
  return login.value;
}

describe('a kubeconfig', () => {
  test('gives address, namespace, CA and client certificate', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') };
    const login = await loginWith(user, { 'certificate-authority-data': base64('ca'), 'tls-server-name': 'kube' });
    expect([login.server, login.namespace]).toEqual(['https://127.0.0.1:6443', 'shearline']);
    const { ca, cert, key, ...rest } = login.tls();
    expect([`${ca}`, `${cert}`, `${key}`]).toEqual(['ca', 'cert', 'key']);
    expect(rest).toEqual({ serverName: 'kube', insecure: false });
    expect(await login.headers()).toEqual({});
  });

  test('logs in as another context than the current one says, if that is named', async () => {
    const both = JSON.stringify({
      'current-context': 'a',
      contexts: ['a', 'b'].map(name => ({ name, context: { cluster: name, user: name } })),
      clusters: ['a', 'b'].map(name => ({ name, cluster: { server: `https://${name}.example.com` } })),
      users: ['a', 'b'].map(name => ({ name, user: { token: name } })),
    });
    const path = await file('contexts', both);
    const login = await restConfigFromKubeconfig(path, new FakeClock(), 'b');
    if (!login.ok) throw new Error(login.fault.message);
    await login.value.renew();
    expect([login.value.server, await login.value.headers()]).toEqual([
      'https://b.example.com',
      { authorization: 'Bearer b' },
    ]);
    expect(await restConfigFromKubeconfig(path, new FakeClock(), 'c')).toMatchObject({
      fault: { message: expect.stringContaining('it has no context c') },
    });
  });

  test('logs in with a token, with a password, and as somebody else', async () => {
    expect(await (await loginWith({ token: 'abc', as: 'jane' })).headers()).toEqual({
      authorization: 'Bearer abc',
      'impersonate-user': 'jane',
    });
    const basic = await (await loginWith({ username: 'u', password: 'p' })).headers();
    expect(basic).toEqual({ authorization: `Basic ${Buffer.from('u:p').toString('base64')}` });
  });

  test('follows a token file whose token is replaced', async () => {
    await file('token', 'first\n');
    const clock = new FakeClock();
    const login = await loginWith({ tokenFile: 'token' }, {}, clock);
    expect(await login.headers()).toEqual({ authorization: 'Bearer first' });
    await file('token', 'second\n');
    clock.pass(5_000);
    await login.renew();
    expect(await login.headers()).toEqual({ authorization: 'Bearer second' });
  });

  test('asks an exec plugin once, and again when its token is refused', async () => {
    const credential =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%d"}}';
    const plugin = await file(
      'plugin',
      `#!/bin/sh\necho x >>"$0.calls"\nprintf '${credential}' $(wc -l <"$0.calls")\n`,
    );
    const clock = new FakeClock();
    const login = await loginWith(
      { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } },
      {},
      clock,
    );
    clock.pass(61_000);
    expect(await login.headers()).toEqual({ authorization: 'Bearer t1' });
    clock.pass(5_000);
    await Promise.all([login.renew(), login.renew()]);
    expect(await login.headers()).toEqual({ authorization: 'Bearer t2' });
  });

  test.each([
    ['is missing', async () => `${directory}/nowhere`],
    ['is none', () => file('broken', `{${canary}: [`)],
    [
      'has a plugin that fails',
      () => kubeconfig({ exec: { command: '/bin/sh', args: ['-c', `echo ${canary} >&2; exit 1`] } }),
    ],
    ['wants a proxy of another kind', () => kubeconfig({}, { 'proxy-url': `socks5://user:${canary}@proxy` })],
    ['names no cluster', () => file('empty', '{"current-context": "c"}')],
  ])('that %s is told by its path, and not quoted', async (_what, make) => {
    const path = await make();
    const login = await restConfigFromKubeconfig(path, new FakeClock());
    expect(login).toMatchObject({ ok: false, fault: { reason: 'KubernetesUnavailable' } });
    expect(JSON.stringify(login)).toContain(path);
    expect(JSON.stringify(login)).not.toContain(canary);
  });
});

describe('a pod', () => {
  const mount = () => Promise.all([file('ca.crt', 'ca'), file('token', 'first\n'), file('namespace', 'shearline\n')]);

  async function podLogin(clock: FakeClock, host = '10.96.0.1'): Promise<RestConfig> {
    await mount();
    const login = await inClusterConfig({ host, port: '443', directory }, clock);
    if (!login.ok) throw new Error(login.fault.message);
    return login.value;
  }

  test('finds its API server and its namespace', async () => {
    const login = await podLogin(new FakeClock());
    expect([login.server, login.namespace, `${login.tls().ca}`]).toEqual(['https://10.96.0.1:443', 'shearline', 'ca']);
    expect((await podLogin(new FakeClock(), 'fd00::1')).server).toBe('https://[fd00::1]:443');
  });

  test('follows its token within a minute, and at once when it is refused', async () => {
    const clock = new FakeClock();
    const login = await podLogin(clock);
    await file('token', 'second\n');
    expect(await login.headers()).toEqual({ authorization: 'Bearer first' });
    clock.pass(60_000);
    expect(await login.headers()).toEqual({ authorization: 'Bearer second' });
    await file('token', 'third\n');
    clock.pass(5_000);
    await login.renew();
    expect(await login.headers()).toEqual({ authorization: 'Bearer third' });
  });

  test('keeps its token while the file cannot be read, and its connections while the CA is the same', async () => {
    const clock = new FakeClock();
    const login = await podLogin(clock);
    const before = login.tls();
    clock.pass(60_000);
    await login.headers();
    expect(login.tls()).toBe(before);
    await rm(`${directory}/token`);
    clock.pass(60_000);
    expect(await login.headers()).toEqual({ authorization: 'Bearer first' });
  });

  test('without a mounted ServiceAccount says what to do', async () => {
    const login = await inClusterConfig({ host: 'h', port: '1', directory: `${directory}/nowhere` }, new FakeClock());
    expect(login).toMatchObject({ ok: false, fault: { message: expect.stringContaining('pass --kubeconfig') } });
  });
});
