import { describe, expect, test } from '@jest/globals';
import type { HttpCall } from '../../../src/net/http.ts';
import { databricks } from '../../../src/providers/databricks/index.ts';
import { DatabricksSpec } from '../../../src/providers/databricks/spec.ts';
import { canary } from '../../canary.ts';
import { faultText, never, type Reply, reply, wire } from '../wire.ts';

const host = 'https://dbc.cloud.databricks.com';
const spec = DatabricksSpec.parse({
  host,
  auth: { federation: { clientId: 'c-1', serviceAccountRef: { name: 'app', audiences: ['databricks'] } } },
});
const granted = reply({ access_token: 'at', token_type: 'Bearer', expires_in: 600 });
const refused = (code: string | number, status: number, message = canary) =>
  reply({ error_code: code, message }, status);

/** The workspace gives a token, and then answers so. */
const workspace = (answer: (call: HttpCall) => Reply) =>
  wire(databricks, call => (call.method === 'POST' ? granted : answer(call)));

async function read(answer: Reply, version?: string) {
  const session = await workspace(() => answer).session(spec);
  return session.read({ key: 'etl/db', ...(version !== undefined && { version }) }, never);
}

test('a value arrives byte by byte, and is asked for by scope and key', async () => {
  const { session, sent } = workspace(() => reply({ key: 'db', value: Buffer.from([0, 255, 10]).toString('base64') }));
  const answer = await (await session(spec)).read({ key: 'me@x/db' }, never);
  expect(answer.ok && Buffer.from(answer.value.value.reveal())).toEqual(Buffer.from([0, 255, 10]));
  expect(sent[1]).toEqual({
    method: 'GET',
    url: `${host}/api/2.0/secrets/get?scope=me%40x&key=db`,
    headers: { authorization: 'Bearer at', accept: 'application/json' },
  });
});

test('there are no versions to ask for', async () => {
  expect(faultText(await read(reply({}), '1'))).toMatch(/^InvalidSpec: Databricks keeps no versions/);
});

describe('an answer has its meaning', () => {
  test.each<[string, Reply, RegExp]>([
    [
      'no such scope',
      refused('RESOURCE_DOES_NOT_EXIST', 404, 'Scope etl does not exist!'),
      /^KeyNotFound: .* has no scope etl$/,
    ],
    [
      'no such secret',
      refused('RESOURCE_DOES_NOT_EXIST', 404, `Secret ${canary}`),
      /^KeyNotFound: .* has no db in scope etl, or no such scope$/,
    ],
    ['no such secret, under another status', refused('RESOURCE_DOES_NOT_EXIST', 400), /^KeyNotFound/],
    ['no such call', refused('ENDPOINT_NOT_FOUND', 404), /^AccessDenied/],
    ['404 of a proxy', reply('<html>', 404), /^ProviderUnavailable/],
    [
      'no READ',
      refused('PERMISSION_DENIED', 403),
      /^AccessDenied: Databricks at dbc\.cloud\.databricks\.com does not let c-1 read etl\/db: give it READ on the scope \(databricks secrets put-acl etl PRINCIPAL READ\)/,
    ],
    [
      'an address that is not let in',
      refused('PERMISSION_DENIED', 403, 'Source IP address: 1.2.3.4 is blocked'),
      /IP access lists$/,
    ],
    [
      'a network that is not let in',
      refused('403', 403, 'Unauthorized network access to workspace: 1'),
      /IP access lists$/,
    ],
    ['a dead token', refused(403, 403, 'Invalid access token.'), /^login-expired$/],
    ['a dead JWT', refused('403', 403, 'JWT has expired'), /^login-expired$/],
    ['no token', refused(401, 401), /^login-expired$/],
    ['a proxy that wants a login', reply('<html>', 401), /^login-expired$/],
    ['a proxy that refuses', reply('<html>', 403), /^AccessDenied/],
    ['too many requests', refused('REQUEST_LIMIT_EXCEEDED', 429), /^Throttled/],
    ['too many requests, by its code alone', refused('RESOURCE_EXHAUSTED', 400), /^Throttled/],
    ['a busy service', refused('TEMPORARILY_UNAVAILABLE', 503), /^ProviderUnavailable: .*status 503/],
    [
      'a name that Key Vault cannot have',
      refused('INVALID_PARAMETER_VALUE', 400),
      /^InvalidSpec: .* can have no etl\/db: behind a scope of Key Vault/,
    ],
    [
      'a vault that is closed to Databricks',
      refused('INVALID_STATE', 400),
      /^AccessDenied: .*check its access to the vault$/,
    ],
    ['a vault that answers strangely', refused('MALFORMED_REQUEST', 400), /^AccessDenied: .*Key Vault/],
    [
      'values for notebooks alone',
      refused('BAD_REQUEST', 400),
      /^AccessDenied: .* refused etl\/db to c-1 \(status 400\)$/,
    ],
    ['a page', reply(`<html>${canary}`), /^ProviderUnavailable: .* is a proxy or login page in between\?$/],
    ['another key', reply({ key: 'other', value: 'AAAA' }), /^ProviderUnavailable/],
    ['no value', reply({ key: 'db' }), /^ValueNotUsable: etl\/db in Databricks at .* holds no value/],
    ['no base64', reply({ key: 'db', value: 'a' }), /^ValueNotUsable/],
    ['base64 of another alphabet', reply({ key: 'db', value: 'a-_a' }), /^ValueNotUsable/],
    ['a value that is no text', reply({ key: 'db', value: null }), /^ValueNotUsable/],
  ])('%s', async (_, answer, expected) => expect(faultText(await read(answer))).toMatch(expected));
});

describe('a list', () => {
  const scopes = reply({ scopes: [{ name: 'Etl' }, { name: 'etl-2' }, { name: 'web' }, { name: 'odd name' }] });
  const list = async (prefix: string, inScope: (scope: string) => Reply, tags = {}, limit = 10) => {
    const { session, sent } = workspace(({ url }) =>
      url.includes('/scopes/list') ? scopes : inScope(new URL(url).searchParams.get('scope') ?? ''),
    );
    const found = await (await session(spec)).list?.({ prefix, tags, limit }, never);
    return { found, asked: sent.slice(1).map(({ url }) => url.replace(`${host}/api/2.0/secrets/`, '')) };
  };
  const keys = () => reply({ secrets: [{ key: 'A' }, { key: 'b' }] });

  test.each([
    ['etl/', ['list?scope=etl'], ['etl/a', 'etl/b']],
    ['ETL/B', ['list?scope=etl'], ['etl/b']],
    ['etl', ['scopes/list?', 'list?scope=etl', 'list?scope=etl-2'], ['etl/a', 'etl/b', 'etl-2/a', 'etl-2/b']],
    ['nothing', ['scopes/list?'], []],
  ])('of the prefix %j', async (prefix, asked, value) => {
    expect(await list(prefix, keys)).toEqual({ asked, found: { ok: true, value } });
  });

  test('of a scope that is empty, or not there, is empty', async () => {
    expect((await list('etl/', () => reply({}))).found).toEqual({ ok: true, value: [] });
    const gone = refused('RESOURCE_DOES_NOT_EXIST', 404, 'Scope etl does not exist!');
    expect((await list('etl/', () => gone)).found).toEqual({ ok: true, value: [] });
  });

  test('is never a part: a scope that may not be read refuses the whole', async () => {
    const denied = (scope: string) => (scope === 'etl' ? keys() : refused('PERMISSION_DENIED', 403));
    const { found } = await list('etl', denied);
    expect(found && faultText(found)).toMatch(/^AccessDenied: .* does not let c-1 read scope etl-2: give it READ/);
  });

  test.each<[string, object, number, RegExp]>([
    ['etl/', { team: 'etl' }, 10, /^InvalidSpec: Databricks has no tags/],
    ['etl/', {}, 1, /^ValueNotUsable: .* more than 1 such secrets: narrow find\.prefix$/],
    ['e l/', {}, 10, /^InvalidSpec: find\.prefix has no good scope/],
  ])('of %j with tags %j and limit %d is refused', async (prefix, tags, limit, message) => {
    const { found } = await list(prefix, keys, tags, limit);
    expect(found && faultText(found)).toMatch(message);
  });
});
