import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { databricks } from '../../../src/providers/databricks/index.ts';
import { DatabricksSpec } from '../../../src/providers/databricks/spec.ts';
import { canary } from '../../canary.ts';
import { faultText, never, type Reply, reply, wire } from '../wire.ts';

const host = 'https://dbc.cloud.databricks.com';
const spec = (auth: object) => DatabricksSpec.parse({ host: `${host}/`, auth });
const serviceAccountRef = { name: 'app', audiences: ['databricks'] };
const federation = spec({ federation: { clientId: 'c-1', serviceAccountRef } });
const byAnnotation = spec({ federation: { serviceAccountRef } });
const oauth = spec({ oauth: { clientId: 'c-2', clientSecretRef: { name: 'dbx', key: 'secret' } } });
const token = spec({ token: { secretRef: { name: 'dbx', key: 'token' } } });

const granted = (expires_in: number) => reply({ access_token: `at-${canary}`, token_type: 'Bearer', expires_in });
const annotated = (value: string) => ({
  serviceAccount: {
    namespace: 'etl',
    name: 'app',
    uid: 'u',
    annotations: { 'shearline.dev/databricks-client-id': value },
  },
});
const formOf = (body: string | Uint8Array | undefined) => Object.fromEntries(new URLSearchParams(`${body}`));

describe('each login sends what its grant asks for', () => {
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: `jwt-${canary}`,
    scope: 'all-apis',
  };

  test.each<[string, DatabricksSpec, object, object]>([
    ['token federation', federation, {}, { ...exchange, client_id: 'c-1' }],
    ['token federation by annotation', byAnnotation, annotated('c-3'), { ...exchange, client_id: 'c-3' }],
    ['token federation of the account', byAnnotation, {}, exchange],
    ['the source before the annotation', federation, annotated('c-3'), { ...exchange, client_id: 'c-1' }],
    ['client credentials', oauth, {}, { grant_type: 'client_credentials', scope: 'all-apis' }],
  ])('%s', async (_, given, ports, form) => {
    const { login, sent } = wire(databricks, () => granted(600));
    expect(faultText(await login(given, ports))).toBe('no fault');
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ method: 'POST', url: `${host}/oidc/v1/token` });
    expect(formOf(sent[0]?.body)).toEqual(form);
    const basic = `Basic ${Buffer.from(`c-2:secret-${canary}`).toString('base64')}`;
    expect(sent[0]?.headers.authorization).toBe(given === oauth ? basic : undefined);
  });

  test('a token that exists already is tried', async () => {
    const { session, sent } = wire(databricks, () => reply({}));
    expect((await session(token)).expiresAt).toBeUndefined();
    expect(sent).toEqual([
      {
        method: 'GET',
        url: `${host}/api/2.0/secrets/scopes/list?`,
        headers: { authorization: `Bearer token-${canary}`, accept: 'application/json' },
      },
    ]);
  });
});

test.each([
  [3600, 3560],
  [600, 560],
  [30, 15],
])('a token of %d seconds is used for %d: its end comes early', async (life, used) => {
  const before = systemClock.steady();
  const { expiresAt = 0 } = await wire(databricks, () => granted(life)).session(federation);
  expect(expiresAt - before).toBeGreaterThanOrEqual(used * 1000);
  expect(expiresAt - systemClock.steady()).toBeLessThanOrEqual(used * 1000);
});

describe('a login that is refused says what has to be right', () => {
  const invalid = (error: string, status: number) => reply({ error, error_description: canary }, status);

  test.each<[string, DatabricksSpec, Reply, RegExp]>([
    [
      'by the policy of a service principal',
      federation,
      invalid('invalid_grant', 400),
      /^AuthFailed: Databricks at dbc\.cloud\.databricks\.com refused the login of c-1: service principal c-1 must be in the workspace and have a federation policy with this cluster's issuer, audience databricks and subject system:serviceaccount:etl:app$/,
    ],
    [
      'by the policy of the account',
      byAnnotation,
      invalid('invalid_request', 400),
      /^AuthFailed: .* refused the login of system:serviceaccount:etl:app: the account must have a federation policy \(or set federation\.clientId, or the annotation shearline\.dev\/databricks-client-id\) with .*subject system:serviceaccount:etl:app$/,
    ],
    [
      'with a wrong secret',
      oauth,
      invalid('invalid_client', 401),
      /^AuthFailed: .* refused the login of c-2: check oauth\.clientId, and that Secret "dbx" has a secret of that service principal which has not expired$/,
    ],
    ['in the form of the other APIs', oauth, reply({ error_code: 'X', message: canary }, 403), /^AuthFailed/],
    ['by a proxy', oauth, reply('<html>', 403), /^ProviderUnavailable/],
    ['for now', oauth, reply({}, 429, { retryAfterMs: 1000 }), /^Throttled/],
    ['by a broken service', oauth, reply('', 500), /^ProviderUnavailable/],
    ['by a token that is none', oauth, reply({ access_token: 'a b', expires_in: 1 }), /^ProviderUnavailable/],
    ['by a page', oauth, reply(`<html>${canary}`), /^ProviderUnavailable/],
    [
      'for a dead token',
      token,
      reply({ error_code: 403, message: 'Invalid access token.' }, 403),
      /^AuthFailed: .* refused the token in Secret "dbx": it has expired or was revoked$/,
    ],
    ['for now, with a token', token, reply({}, 429), /^Throttled/],
  ])('%s', async (_, given, answer, expected) => {
    expect(faultText(await wire(databricks, () => answer).login(given))).toMatch(expected);
  });

  test('when the annotation is no application ID', async () => {
    const { login, sent } = wire(databricks, () => granted(600));
    expect(faultText(await login(byAnnotation, annotated('a&scope=x')))).toMatch(
      /^AuthFailed: the annotation .* is no application ID$/,
    );
    expect(sent).toEqual([]);
  });

  test('but a token that may not list scopes may still read', async () => {
    const denied = reply({ error_code: 'PERMISSION_DENIED', message: '' }, 403);
    const { session } = wire(databricks, ({ url }) =>
      url.includes('/list') ? denied : reply({ key: 'a', value: 'eA==' }),
    );
    expect(faultText(await (await session(token)).read({ key: 'etl/a' }, never))).toBe('no fault');
  });
});
