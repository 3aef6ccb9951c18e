import { describe, expect, test } from '@jest/globals';
import { crc32c } from '../../../src/providers/gcp-sm/crc32c.ts';
import { canary } from '../../canary.ts';
import { castagnoli } from '../../servers/google/resources.ts';
import { faultText } from '../wire.ts';
import { accessed, errorInfo, never, page, type Reply, reply, spec, status, storeRig } from './rig.ts';

const notFound = (what: string) => status(404, 'NOT_FOUND', what);
const noSecret = notFound('Secret [projects/153396971788/secrets/x] not found or has no versions.');
const noVersion = notFound('Secret Version [projects/153396971788/secrets/x/versions/9] not found.');
const inState = (state: string) =>
  status(400, 'FAILED_PRECONDITION', `Secret Version [projects/1/secrets/x/versions/3] is in ${state} state.`);

async function read(answer: Reply | ((call: string) => Reply), version?: string, more: object = {}) {
  const wire = storeRig(typeof answer === 'function' ? answer : () => answer);
  const session = await wire.session(spec(more));
  return session.read({ key: 'x', ...(version !== undefined && { version }) }, never);
}

describe('what an answer means', () => {
  test.each<[string, Reply, string | undefined, RegExp]>([
    [
      'no secret',
      noSecret,
      undefined,
      /^KeyNotFound: Secret Manager of project etl-prod has no x, or no version of it \(a regional/,
    ],
    ['no version', noVersion, '9', /^VersionNotFound: .*has no such version of x$/],
    ['a disabled version', inState('DISABLED'), '3', /^VersionNotFound: .*serves no version 3 of x: it is disabled$/],
    ['a destroyed version', inState('DESTROYED'), '3', /^VersionNotFound: .*it is destroyed$/],
    [
      'a 404 about something else',
      notFound(`Method ${canary} not found.`),
      undefined,
      /^AccessDenied: .*status 404\): check project/,
    ],
    ['a 404 page', reply(page, 404), undefined, /^ProviderUnavailable: .*not Google's/],
    [
      'an encryption key in the way',
      status(400, 'FAILED_PRECONDITION', 'Key is not enabled'),
      undefined,
      /^AccessDenied: .*encryption key \(CMEK\)/,
    ],
    ['the same for a version', status(400, 'FAILED_PRECONDITION'), '3', /^AccessDenied: .*CMEK/],
    ['401', status(401, 'UNAUTHENTICATED'), undefined, /^login-expired$/],
    [
      '403',
      status(403, 'PERMISSION_DENIED', canary, errorInfo('IAM_PERMISSION_DENIED')),
      undefined,
      /^AccessDenied: .*refused to read x, which may not exist: grant roles\/secretmanager.secretAccessor on it to principal:\/\/iam.googleapis.com\/projects\/153396971788\/.*\/clusters\/subject\/system:serviceaccount:etl:app$/,
    ],
    ['403 of a proxy', reply(page, 403), undefined, /^AccessDenied/],
    [
      'the API is off',
      status(403, 'PERMISSION_DENIED', canary, errorInfo('SERVICE_DISABLED')),
      undefined,
      /services enable secretmanager.googleapis.com --project etl-prod$/,
    ],
    [
      'no project',
      status(403, 'PERMISSION_DENIED', canary, errorInfo('CONSUMER_INVALID')),
      undefined,
      /there is no project etl-prod/,
    ],
    ['no billing', status(403, 'PERMISSION_DENIED', canary, errorInfo('BILLING_DISABLED')), undefined, /no billing/],
    [
      'a perimeter',
      status(403, 'PERMISSION_DENIED', canary, errorInfo('SECURITY_POLICY_VIOLATED')),
      undefined,
      /VPC Service Controls/,
    ],
    ['a bad argument', status(400, 'INVALID_ARGUMENT'), 'alias', /^AccessDenied: .*status 400/],
    ['too many', status(429, 'RESOURCE_EXHAUSTED'), undefined, /^Throttled: .*fewer requests/],
    ['a problem', status(503, 'UNAVAILABLE'), undefined, /^ProviderUnavailable: .*status 503/],
    ['a conflict that passes', status(409, 'ABORTED'), undefined, /^ProviderUnavailable: .*status 409/],
    ['a list of somebody', reply([canary]), undefined, /^ProviderUnavailable: .*not Google's/],
    ['another secret', accessed(canary, 7, 'y'), undefined, /^ProviderUnavailable: .*not Google's/],
    [
      'no payload',
      reply({ name: 'projects/1/secrets/x/versions/1' }),
      undefined,
      /^ValueNotUsable: version 1 of x in Secret Manager of project etl-prod has no data/,
    ],
    ['no name', reply({ payload: { data: 'AAAA' } }), undefined, /^ProviderUnavailable/],
  ])('%s', async (_, answer, version, expected) => {
    expect(faultText(await read(answer, version))).toMatch(expected);
  });

  test('a regional source says nothing of regions', async () => {
    expect(faultText(await read(noSecret, undefined, { location: 'europe-west3' }))).toMatch(
      /^KeyNotFound: Secret Manager of project etl-prod in europe-west3 has no x, or no version of it$/,
    );
  });

  test('a wait that stands in the answer counts like a header', async () => {
    const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12.5s' };
    const answer = await read(status(429, 'RESOURCE_EXHAUSTED', canary, retryInfo));
    expect(answer).toMatchObject({ fault: { kind: 'throttled', retryAfterMs: 12_500 } });
    const header = reply({}, 429, { retryAfterMs: 7000 });
    expect(await read(header)).toMatchObject({ fault: { retryAfterMs: 7000 } });
  });
});

describe('the checksum', () => {
  test('is Castagnoli’s', () => {
    // RFC 3720, B.4, and the check value of the catalogue of CRCs.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    const random = crypto.getRandomValues(new Uint8Array(1000));
    expect(crc32c(random)).toBe(castagnoli(random));
  });

  test('that does not fit is a value that is not served', async () => {
    const payload = { data: Buffer.from(canary).toString('base64'), dataCrc32c: '1' };
    const damaged = await read(reply({ name: 'projects/1/secrets/x/versions/1', payload }));
    expect(faultText(damaged)).toMatch(/^ProviderUnavailable: the value of x was damaged on its way/);
  });

  test('is not missed where Google has none', async () => {
    const payload = { data: Buffer.from(canary).toString('base64') };
    expect(faultText(await read(reply({ name: 'projects/1/secrets/x/versions/1', payload })))).toBe('no fault');
  });
});

describe('the newest version that is enabled', () => {
  const versions = (...states: readonly (readonly [number, number])[]) =>
    states.map(([number, state]) => ({ name: `projects/1/secrets/x/versions/${number}`, state }));
  /** The newest is disabled; a list of versions has these pages. */
  const older = (pages: readonly Reply[], value: Reply = accessed('older', 4)) => {
    const left = [...pages];
    return (call: string) => {
      if (call.endsWith('versions/latest:access')) return inState('DISABLED');
      return call.includes('/versions?') ? (left.shift() ?? reply({})) : value;
    };
  };

  test('is looked for when the newest is not, over all pages', async () => {
    const wire = storeRig(
      older([reply({ nextPageToken: 'more' }), reply({ versions: versions([2, 1], [4, 1], [5, 2]) })]),
    );
    const session = await wire.session();
    const answer = await session.read({ key: 'x' }, never);
    expect(answer.ok && [answer.value.version, answer.value.value.revealText()]).toEqual(['4', 'older']);
    expect(wire.sent.slice(1).map(({ url }) => url.replace(/.*\/secrets\/x\/|&?\$alt=.*$/g, ''))).toEqual([
      'versions/latest:access?',
      'versions?pageSize=250&pageToken=',
      'versions?pageSize=250&pageToken=more',
      'versions/4:access?',
    ]);
  });

  test.each<[string, (call: string) => Reply, RegExp]>([
    ['there is none', older([reply({})]), /^KeyNotFound: .*has no enabled version of x$/],
    [
      'versions may not be listed',
      older([status(403, 'PERMISSION_DENIED')]),
      /^AccessDenied: .*refused to list the versions of x, whose newest is disabled or destroyed: grant roles\/secretmanager.viewer on it to principal:/,
    ],
    [
      'it changes while it is read',
      older([reply({ versions: versions([4, 1]) })], inState('DISABLED')),
      /^ProviderUnavailable: .*changed the versions of x/,
    ],
    ['it is gone while it is read', older([reply({ versions: versions([4, 1]) })], noSecret), /^KeyNotFound/],
    ['a page says no', older([reply(page)]), /^ProviderUnavailable/],
    [
      'the list has no end',
      older(Array(30).fill(reply({ nextPageToken: 'more' }))),
      /^ValueNotUsable: .*too many versions of x/,
    ],
    ['the login ends', older([status(401, 'UNAUTHENTICATED')]), /^login-expired$/],
  ])('%s', async (_, answer, expected) => expect(faultText(await read(answer))).toMatch(expected));
});
