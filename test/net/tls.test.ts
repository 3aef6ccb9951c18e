import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpFault } from '../../src/net/http.ts';
import { parseCaBundle } from '../../src/net/tls.ts';
import { createProviderTransport } from '../../src/net/transport.ts';
import type { Authority, Subject } from '../servers/certificates.ts';
import { createAuthority, issueCertificate } from '../servers/certificates.ts';
import { answer, startRawServer } from './raw-server.ts';

const canary = 'CANARY-7f3a';
let directory: string;
let ca: Authority;
let stranger: Authority;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shearline-tls-'));
  ca = await createAuthority(join(directory, 'ca'));
  stranger = await createAuthority(join(directory, 'stranger'), 'stranger');
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function call(
  subject: Partial<Subject>,
  authorities: readonly string[] | undefined,
): Promise<number | HttpFault> {
  const certificate = await issueCertificate(ca, { commonName: 'vault', sans: ['127.0.0.1'], ...subject });
  const server = await startRawServer(socket => socket.write(answer(200, [], 'x')), certificate);
  const http = createProviderTransport({
    egress: { namespaced: false, allowInsecure: false, allow: [], deny: [] },
    ...(authorities && { authorities }),
  });
  const request = { method: 'GET', url: `https://127.0.0.1:${server.port}/`, headers: {} };
  const result = await http.request(request, new AbortController().signal);
  await http.close();
  await server.close();
  return result.ok ? result.value.status : result.fault;
}

/** Node reads that variable from the real environment, which a test file of Jest only has a copy of. */
async function inAnotherProcess(port: number, env: Readonly<Record<string, string>>): Promise<string> {
  const script = `
    const { createProviderTransport } = await import('./src/net/transport.ts');
    const egress = { namespaced: false, allowInsecure: false, allow: [], deny: [] };
    const call = { method: 'GET', url: 'https://127.0.0.1:${port}/', headers: {} };
    console.log(JSON.stringify(await createProviderTransport({ egress }).request(call, new AbortController().signal)));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  return stdout.trim();
}

describe('a certificate', () => {
  test('of the bundle is good', async () => {
    expect(await call({}, [stranger.certificate, ca.certificate])).toBe(200);
  });

  test('of another authority is untrusted', async () => {
    expect(await call({}, [stranger.certificate])).toEqual({ kind: 'tls', why: 'untrusted' });
  });

  test('of a private authority is untrusted by the system roots', async () => {
    expect(await call({}, undefined)).toEqual({ kind: 'tls', why: 'untrusted' });
  });

  test('of another host is told apart', async () => {
    expect(await call({ sans: ['vault.example.com'] }, [ca.certificate])).toEqual({ kind: 'tls', why: 'wrong-host' });
  });

  test('that has expired is told apart', async () => {
    expect(await call({ days: -1 }, [ca.certificate])).toEqual({ kind: 'tls', why: 'expired' });
  });

  test('is verified although the environment says not to', async () => {
    const certificate = await issueCertificate(ca, { commonName: 'vault', sans: ['127.0.0.1'] });
    const server = await startRawServer(socket => socket.write(answer(200, [], 'x')), certificate);
    const printed = await inAnotherProcess(server.port, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    await server.close();
    expect(printed).toBe('{"ok":false,"fault":{"kind":"tls","why":"untrusted"}}');
  });
});

test('a server that does not speak TLS is a handshake fault', async () => {
  const server = await startRawServer(() => {}, undefined, 'HTTP/1.1 400 Bad Request\r\n\r\n');
  const http = createProviderTransport({ egress: { namespaced: false, allowInsecure: false, allow: [], deny: [] } });
  const request = { method: 'GET', url: `https://127.0.0.1:${server.port}/`, headers: {} };
  const result = await http.request(request, new AbortController().signal);
  expect(result).toEqual({ ok: false, fault: { kind: 'tls', why: 'handshake' } });
  await http.close();
  await server.close();
});

describe('a CA bundle', () => {
  const fault = (pem: string) => {
    const parsed = parseCaBundle(pem);
    return parsed.ok ? undefined : `${parsed.fault.reason}: ${parsed.fault.message}`;
  };

  test('of several certificates, with text between them', () => {
    const parsed = parseCaBundle(`# one\n${ca.certificate}\n\n# two\r\n${stranger.certificate}trailing`);
    expect(parsed.ok && parsed.value).toHaveLength(2);
  });

  test.each([[''], ['not a certificate'], [`-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`]])(
    'without a certificate is refused: %j',
    pem => expect(fault(pem)).toBe('CABundleInvalid: the CA bundle holds no PEM block "-----BEGIN CERTIFICATE-----"'),
  );

  test('that is larger than anybody needs is refused', () => {
    const large = `${'# text\n'.repeat(40_000)}${ca.certificate}`;
    expect(fault(large)).toBe('CABundleInvalid: the CA bundle is larger than 256 KiB: leave in it only what is needed');
  });

  test('with a damaged certificate says which, and quotes nothing', () => {
    const damaged = `-----BEGIN CERTIFICATE-----\n${canary}\n-----END CERTIFICATE-----`;
    expect(fault(`${ca.certificate}\n${damaged}`)).toBe(
      'CABundleInvalid: the CA bundle cannot be used: its certificate number 2 is damaged',
    );
  });
});
