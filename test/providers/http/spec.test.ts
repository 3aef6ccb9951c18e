import { describe, expect, test } from '@jest/globals';
import { http } from '../../../src/providers/http/index.ts';
import { HttpSpec } from '../../../src/providers/http/spec.ts';
import { parseTemplate, urlOf } from '../../../src/providers/http/template.ts';
import { defineProvider } from '../../../src/providers/index.ts';

const url = 'https://api.example.com/v1/secrets/{key}';
const secretRef = { name: 'api', key: 'token' };
const serviceAccountRef = { name: 'app', audiences: ['api'] };

/** What the schema or the check says about it. */
function why(given: object): string {
  const parsed = HttpSpec.safeParse({ url, ...given });
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  const bound = defineProvider(http).bind({ url, ...given });
  return bound.ok ? 'works' : bound.fault.message;
}

describe('a spec that could not work, or would leave its place, is refused', () => {
  test.each<[string, object, RegExp]>([
    ['a url without key', { url: 'https://api.example.com/v1' }, /url has no {key}/],
    ['a key as host', { url: 'https://{key}.example.com/v1' }, /^url: Invalid string/],
    ['a key as port', { url: 'https://api.example.com:{key}/v1' }, /^url: Invalid string/],
    ['a user', { url: 'https://user:CANARY-7f3a@api.example.com/{key}' }, /^url: Invalid string/],
    ['a user in disguise', { url: 'https://api.example.com:1@evil.example.com/{key}' }, /^url: Invalid string/],
    ['a fragment', { url: `${url}#x` }, /^url: Invalid string/],
    ['another scheme', { url: 'ftp://api.example.com/{key}' }, /^url: Invalid string/],
    ['no such port', { url: 'https://api.example.com:99999/{key}' }, /url must be a URL/],
    ['dots in the path', { url: 'https://api.example.com/a/../{key}' }, /url must be a URL/],
    ['encoded dots in the path', { url: 'https://api.example.com/%2e%2e/{key}' }, /url must be a URL/],
    ['another placeholder', { url: `${url}?a={token}` }, /no other braces/],
    ['half a placeholder', { url: `${url}?a={key` }, /no other braces/],
    ['a version in the path', { url: 'https://api.example.com/{version}/{key}' }, /url may have no other braces/],
    ['a version with more', { url: `${url}?v={version}x` }, /must be a whole value of the query/],
    ['a header that is not ours', { headers: [{ name: 'Host', value: 'x' }] }, /host belongs to the connection/],
    [
      'a header twice',
      {
        headers: [
          { name: 'X-A', value: '1' },
          { name: 'x-a', value: '2' },
        ],
      },
      /stands there twice/,
    ],
    [
      'a header of two values',
      { headers: [{ name: 'X-A', value: '1', secretRef }] },
      /exactly one of value, secretRef/,
    ],
    ['a header that splits', { headers: [{ name: 'X-A', value: 'a\r\nHost: x' }] }, /Invalid string/],
    ['two logins', { auth: { bearer: { secretRef }, serviceAccountRef } }, /exactly one of/],
    [
      'Authorization twice',
      { auth: { bearer: { secretRef } }, headers: [{ name: 'authorization', secretRef }] },
      /not by both/,
    ],
    ['a user with a colon', { auth: { basic: { username: 'a:b', passwordRef: secretRef } } }, /Invalid string/],
    ['a pointer that is none', { result: { pointer: 'data.value' } }, /Invalid string/],
    ['a pointer with a bad escape', { result: { pointer: '/a~2' } }, /Invalid string/],
    ['absence by success', { absent: { status: 200 } }, /absent\.status/],
    ['half a proof', { absent: { status: 404, pointer: '/error' } }, /set both pointer and value/],
  ])('%s', (_, given, message) => {
    expect(why(given)).toMatch(message);
    expect(why(given)).not.toContain('CANARY');
  });

  test.each<[string, object]>([
    ['nothing but a url', {}],
    ['a key in the query', { url: 'https://[::1]:8443/get?name={key}&v={version}' }],
    ['an escaped pointer', { result: { pointer: '/a~1b/~0/0/' } }],
  ])('and %s works', (_, given) => expect(why(given)).toBe('works'));
});

describe('what a login needs', () => {
  const needs = (given: object) => http.needs(HttpSpec.parse({ url, ...given }));

  test('of the url, only the host', () => {
    expect(needs({ url: 'http://api.example.com:8080/a/{key}?x={key}' }).addresses).toEqual([
      'http://api.example.com:8080',
    ]);
  });

  test('every Secret that goes into a header', () => {
    const headers = [
      { name: 'X-A', secretRef: { name: 'a', key: 'a' } },
      { name: 'X-B', value: 'b' },
    ];
    expect(needs({ headers, auth: { basic: { username: 'u', passwordRef: secretRef } } }).credentials).toEqual([
      { name: 'a', key: 'a' },
      secretRef,
    ]);
    expect(needs({ auth: { bearer: { secretRef } } }).credentials).toEqual([secretRef]);
    expect(needs({ auth: { serviceAccountRef } })).toMatchObject({
      serviceAccount: serviceAccountRef,
      credentials: [],
    });
  });
});

describe('a key goes into the URL encoded', () => {
  const fill = (template: string, key: string, version?: string) => {
    const parsed = parseTemplate(template);
    return parsed.ok ? urlOf(parsed.value, key, version) : parsed.fault.message;
  };

  test.each([
    [url, 'a/b', undefined, 'https://api.example.com/v1/secrets/a/b'],
    [url, 'a b/grün:@&=+$,', undefined, 'https://api.example.com/v1/secrets/a%20b/gr%C3%BCn%3A%40%26%3D%2B%24%2C'],
    [url, '$&/$1', undefined, 'https://api.example.com/v1/secrets/%24%26/%241'],
    [url, '{version}', undefined, 'https://api.example.com/v1/secrets/%7Bversion%7D'],
    ['https://a.example.com/?k={key}', 'a/b&c', undefined, 'https://a.example.com/?k=a%2Fb%26c'],
    ['https://a.example.com/x?k={key}&v={version}&f=1', 'a', undefined, 'https://a.example.com/x?k=a&f=1'],
    ['https://a.example.com/x?k={key}&v={version}&f=1', 'a', '7+', 'https://a.example.com/x?k=a&v=7%2B&f=1'],
    ['https://a.example.com/{key}?v={version}', 'a', undefined, 'https://a.example.com/a'],
    ['https://a.example.com/{key}/{key}.json', 'a', undefined, 'https://a.example.com/a/a.json'],
  ])('%s with %j', (template, key, version, expected) => expect(fill(template, key, version)).toBe(expected));
});

describe('a key that could leave its place is refused, and the message says why', () => {
  test.each([
    ['', /is empty/],
    ['/a', /begin or end/],
    ['a//b', /empty segment/],
    ['a/../b', /dots or spaces alone/],
    ['a/.. /b', /dots or spaces alone/],
    ['a/.../b', /dots or spaces alone/],
    ['a%2fb', /% \? # /],
    ['a/..;/b', /% \? # /],
    ['a\\b', /% \? # /],
    ['a\u0000b', /cannot be seen/],
    ['a\ud800', /cannot be seen/],
    ['x'.repeat(1025), /longer than 1024/],
  ])('%j', (key, message) => {
    const result = http.canonicalKey(HttpSpec.parse({ url }), key);
    expect(result.ok ? 'taken' : result.fault.message).toMatch(message);
    expect(result.ok ? '' : result.fault.message).toMatch(/^[\x20-\x7e…]+$/);
  });
});
