import { describe, expect, test } from '@jest/globals';
import { failed } from '../../../src/core/result.ts';
import { http } from '../../../src/providers/http/index.ts';
import { HttpSpec } from '../../../src/providers/http/spec.ts';
import { canary } from '../../canary.ts';
import { faultText, never, type Reply, reply, wire } from '../wire.ts';

const url = 'https://api.example.com/{key}?version={version}';
const page = `<!DOCTYPE html><html>${canary}</html>`;
const raw = { url };
const pointed = { url, result: { pointer: '/data/value' } };

async function read(given: object, answer: Reply | readonly Reply[], version?: string) {
  const answers = [answer].flat();
  const { session } = wire(http, () => answers.shift() ?? reply('', 500));
  return (await session(HttpSpec.parse(given))).read({ key: 'a', ...(version !== undefined && { version }) }, never);
}

async function bytesOf(given: object, answer: Reply) {
  const value = await read(given, answer);
  return value.ok ? Buffer.from(value.value.value.reveal()) : faultText(value);
}

describe('a value', () => {
  test.each<[string, object, unknown, string | Uint8Array]>([
    ['is the whole body', raw, Uint8Array.from([0, 255, 10]), Uint8Array.from([0, 255, 10])],
    ['is nothing, if that is the body', raw, '', ''],
    ['is the text at the pointer', pointed, { data: { value: 'grüße\n' } }, 'grüße\n'],
    [
      'is the JSON at the pointer, as it was sent',
      pointed,
      '{"data":{"value":{"b": 1.0,"a":[]}}}',
      '{"b": 1.0,"a":[]}',
    ],
    ['is in a list', { url, result: { pointer: '/0/a~1b' } }, [{ 'a/b': 'x' }], 'x'],
    ['has any name', { url, result: { pointer: '/__proto__/~0' } }, '{"__proto__":{"~":"x"}}', 'x'],
  ])('%s', async (_, given, body, expected) => {
    expect(await bytesOf(given, reply(body))).toEqual(Buffer.from(expected));
  });

  test.each<[string, object, unknown, RegExp]>([
    ['is no page', raw, page, /^ProviderUnavailable: .* is a proxy or login page in between\?$/],
    ['is no page with a mark and blanks before it', raw, `\uFEFF\n <HTML lang=x>`, /^ProviderUnavailable/],
    ['is JSON', pointed, 'x', /^ProviderUnavailable/],
    [
      'is where the pointer leads',
      pointed,
      { data: {} },
      /^ValueNotUsable: .* has no \/data\/value: check result\.pointer$/,
    ],
    ['is more than null', pointed, { data: { value: null } }, /^ValueNotUsable: .* has no \/data\/value/],
    ['is whole', pointed, '{"data":{"value":"\\ud800"}}', /^ValueNotUsable: .* has half of a character/],
    ['has each key once', pointed, '{"data":{"value":"a","value":"b"}}', /^ValueNotUsable: .* the same JSON key twice/],
    ['is not too deep', pointed, `${'['.repeat(70)}${']'.repeat(70)}`, /^ValueNotUsable: .*levels/],
  ])('%s, or there is none', async (_, given, body, message) => {
    expect(faultText(await read(given, reply(body)))).toMatch(message);
  });
});

describe('a version', () => {
  const versioned = { ...pointed, versionHeader: 'ETag' };
  const value = (version: string) => reply({ data: { value: 'x' } }, 200, { headers: { etag: version } });

  test.each([
    ['7', '7'],
    ['v1.2_3', 'v1.2_3'],
    [`"${canary}"`, undefined],
    ['', undefined],
  ])('%j of the header is %j', async (header, version) => {
    const answer = await read(versioned, value(header));
    expect(answer.ok && answer.value.version).toBe(version);
  });

  test('that is another one than was asked for is not served', async () => {
    expect(faultText(await read(versioned, value('8'), '7'))).toMatch(/^ValueNotUsable: .* another version of a/);
  });

  test.each([
    ['cannot be asked for where the url has none', { url: 'https://api.example.com/{key}' }, '7', /has no {version}/],
    ['of other characters is refused', versioned, '7&admin=1', /^InvalidSpec: remoteRef\.version may have only/],
  ])('%s', async (_, given, version, message) => {
    expect(faultText(await read(given, value('7'), version))).toMatch(message);
  });
});

describe('absence', () => {
  const proved = { ...pointed, absent: { status: 404, pointer: '/error/code', value: 'no-such-secret' } };
  const missing = reply({ error: { code: 'no-such-secret' } }, 404);

  test.each<[string, object, Reply | readonly Reply[], string | undefined, RegExp]>([
    [
      'is what the source says',
      { ...raw, absent: { status: 404 } },
      reply('', 404),
      undefined,
      /^KeyNotFound: the API at api\.example\.com has no a$/,
    ],
    ['is proved by what the answer says', proved, missing, undefined, /^KeyNotFound/],
    ['of a key, when it has no newest version either', proved, [missing, missing], '7', /^KeyNotFound/],
    [
      'of a version, when the key is there',
      proved,
      [missing, reply({})],
      '7',
      /^VersionNotFound: .* has no version 7 of a/,
    ],
    [
      'is open when the API cannot be asked again',
      proved,
      [missing, failed({ kind: 'deadline' })],
      '7',
      /^ProviderUnavailable/,
    ],
    [
      'is not what nobody said',
      raw,
      reply('', 404),
      undefined,
      /^AccessDenied: .* does not say whether a is there \(404\): .* set absent$/,
    ],
    [
      'is not 410 when 404 was said',
      proved,
      reply({ error: { code: 'no-such-secret' } }, 410),
      undefined,
      /^AccessDenied: .*\(410\)/,
    ],
    [
      'is not another text',
      proved,
      reply({ error: { code: 'no-such-route' } }, 404),
      undefined,
      /^AccessDenied: .* whether absent is how it says/,
    ],
    ['is not a page', { ...raw, absent: { status: 404 } }, reply(page, 404), undefined, /^ProviderUnavailable/],
  ])('%s', async (_, given, answer, version, expected) => {
    expect(faultText(await read(given, answer, version))).toMatch(expected);
  });
});

describe('a status has its meaning', () => {
  test.each<[number, RegExp]>([
    [204, /^ProviderUnavailable/],
    [400, /^AccessDenied: .*status 400/],
    [401, /^AuthFailed: the API at api\.example\.com does not know a request without credentials \(401\)$/],
    [403, /^AccessDenied: .* refused access to a for a request without credentials \(403\)$/],
    [429, /^Throttled/],
    [500, /^ProviderUnavailable: .*status 500/],
  ])('%d', async (status, expected) => expect(faultText(await read(raw, reply('{}', status)))).toMatch(expected));
});

describe('a login', () => {
  const auths: readonly (readonly [string, object, Readonly<Record<string, string>>, RegExp])[] = [
    [
      'by ServiceAccount',
      { auth: { serviceAccountRef: { name: 'app', audiences: ['api'] } } },
      { authorization: `Bearer jwt-${canary}` },
      /for subject system:serviceaccount:etl:app with audience api/,
    ],
    [
      'by token',
      { auth: { bearer: { secretRef: { name: 's', key: 't' } } } },
      { authorization: `Bearer t-${canary}` },
      /for the token in Secret "s"/,
    ],
    [
      'by password',
      { auth: { basic: { username: 'etl', passwordRef: { name: 's', key: 'p' } } } },
      { authorization: `Basic ${Buffer.from(`etl:p-${canary}`).toString('base64')}` },
      /for user "etl" with the password in Secret "s"/,
    ],
    [
      'by header',
      {
        headers: [
          { name: 'X-Key', secretRef: { name: 's', key: 'k' } },
          { name: 'X-Team', value: 'etl' },
        ],
      },
      { 'x-key': `k-${canary}`, 'x-team': 'etl' },
      /for a request with the headers X-Key/,
    ],
  ];

  test.each(auths)('%s', async (_, given, headers, who) => {
    const { sent, session } = wire(http, () => reply('', 403));
    const answer = await (await session(HttpSpec.parse({ ...raw, ...given }))).read({ key: 'a' }, never);
    expect(sent).toEqual([{ method: 'GET', url: 'https://api.example.com/a', headers: { accept: '*/*', ...headers } }]);
    expect(faultText(answer)).toMatch(who);
  });

  test('needs its Secrets', async () => {
    const spec = HttpSpec.parse({ ...raw, auth: { bearer: { secretRef: { name: 'missing', key: 't' } } } });
    expect(faultText(await wire(http, () => reply('')).login(spec))).toBe('InvalidSpec: no such Secret');
  });

  test('that was taken before has ended by a 401', async () => {
    const answers = [reply(''), reply('', 401)];
    const { session } = wire(http, () => answers.shift() ?? reply('', 500));
    const opened = await session(HttpSpec.parse(raw));
    await opened.read({ key: 'a' }, never);
    expect(faultText(await opened.read({ key: 'a' }, never))).toBe('login-expired');
  });
});
