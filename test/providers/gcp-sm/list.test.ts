import { describe, expect, test } from '@jest/globals';
import type { ListRequest } from '../../../src/providers/provider.ts';
import { faultText } from '../wire.ts';
import { never, type Reply, reply, status, storeRig } from './rig.ts';

const secret = (id: string, labels?: object) => ({ name: `projects/1/secrets/${id}`, ...(labels && { labels }) });

async function list(request: Partial<ListRequest>, ...pages: readonly Reply[]) {
  const left = [...pages];
  const wire = storeRig(() => left.shift() ?? reply({}));
  const session = await wire.session();
  const answer = await session.list?.({ prefix: '', tags: {}, limit: 100, ...request }, never);
  if (!answer) throw new Error('the session cannot list');
  const filters = wire.sent.slice(1).map(({ url }) => new URL(url).searchParams.get('filter'));
  return { answer, filters };
}

describe('what Google is asked for', () => {
  test.each<[string, Partial<ListRequest>, string]>([
    ['everything', {}, ''],
    ['a prefix', { prefix: 'etl_' }, 'name:etl_'],
    ['a prefix that is a word of the filter language', { prefix: 'AND' }, ''],
    ['a prefix that would negate', { prefix: '-etl' }, ''],
    ['labels', { prefix: 'a', tags: { team: 'etl', tier: 'gold' } }, 'name:a AND labels.team=etl AND labels.tier=gold'],
    ['labels that the language may not have', { tags: { 'my-team': 'etl', größe: 'x', tier: '' } }, ''],
  ])('%s', async (_, request, filter) => expect((await list(request)).filters).toEqual([filter]));

  test.each<[string, Partial<ListRequest>, RegExp]>([
    ['a prefix that no name has', { prefix: 'etl/' }, /^InvalidSpec: find.prefix is the beginning of a name/],
    ['a way out of the filter', { prefix: 'x OR name' }, /^InvalidSpec: find.prefix/],
    ['labels that nothing has', { tags: { Team: 'etl' } }, /^InvalidSpec: find.tags are labels here/],
    ['a way out of a label', { tags: { team: 'x OR labels.a=b' } }, /^InvalidSpec: find.tags/],
  ])('nothing, for %s', async (_, request, expected) => {
    const { answer, filters } = await list(request);
    expect(faultText(answer)).toMatch(expected);
    expect(filters).toEqual([]);
  });
});

describe('what comes out', () => {
  test('begins with the prefix and has all labels, although Google’s filter is wider', async () => {
    const secrets = [
      secret('etl_a', { team: 'etl' }),
      secret('my_etl_b', { team: 'etl' }),
      secret('etl_c', { team: 'web' }),
      secret('etl_d'),
      secret('ETL_e', { team: 'etl' }),
    ];
    expect((await list({ prefix: 'etl_', tags: { team: 'etl' } }, reply({ secrets }))).answer).toEqual({
      ok: true,
      value: ['etl_a'],
    });
  });

  test('has all pages, and an empty one in between', async () => {
    const pages = [
      reply({ secrets: [secret('a')], nextPageToken: '1' }),
      reply({ nextPageToken: '2' }),
      reply({ secrets: [secret('b')] }),
    ];
    expect((await list({}, ...pages)).answer).toEqual({ ok: true, value: ['a', 'b'] });
  });

  test.each<[string, readonly Reply[], RegExp]>([
    [
      'too many',
      [reply({ secrets: Array.from({ length: 101 }, (_, i) => secret(`s${i}`)) })],
      /^ValueNotUsable: .*more than 100 such secrets: narrow find.prefix/,
    ],
    ['no end', Array(200).fill(reply({ nextPageToken: 'x' })), /^ValueNotUsable: .*more than 25000 secrets/],
    ['JSON of somebody', [reply({ message: 'hello' })], /^ProviderUnavailable: .*not Google's/],
    [
      'a refusal',
      [status(403, 'PERMISSION_DENIED')],
      /^AccessDenied: .*refused to list its secrets: grant roles\/secretmanager.viewer on the project to principal:/,
    ],
    [
      'half an answer',
      [reply({ secrets: [secret('a')], nextPageToken: '1' }), status(500, 'INTERNAL')],
      /^ProviderUnavailable/,
    ],
    ['a dead login', [status(401, 'UNAUTHENTICATED')], /^login-expired$/],
  ])('%s', async (_, pages, expected) => expect(faultText((await list({}, ...pages)).answer)).toMatch(expected));
});
