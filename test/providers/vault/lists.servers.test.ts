import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ProviderSession } from '../../../src/providers/provider.ts';
import { type OpenBao, startOpenBao } from '../../servers/openbao.ts';
import { policy, putSecret } from '../../servers/openbao-secrets.ts';
import { faultText } from './rig.ts';
import { closeTransports, loggedIn, never, spec, tokenAuth, tokenOf } from './setting.ts';

let bao: OpenBao;
let session: ProviderSession;

beforeAll(async () => {
  bao = await startOpenBao();
  await policy(bao, 'etl', {});
  for (const key of ['etl/a', 'etl/deep/b', 'etl/warm', 'web/c'])
    await putSecret(bao, key, { password: 'CANARY-7f3a' });
  await bao.api('POST', 'secret/metadata/etl/a', { custom_metadata: { team: 'etl' } });
  const token = tokenOf(await bao.api('POST', 'auth/token/create', { policies: ['etl'], ttl: '10m' }));
  session = await loggedIn(spec({ address: bao.address, auth: tokenAuth }), { credentials: { token } });
}, 60_000);

afterAll(async () => {
  await closeTransports();
  await bao?.stop();
});

const list = async (prefix: string, tags = {}) => {
  const answer = await session.list?.({ prefix, tags, limit: 100 }, never);
  if (!answer) throw new Error('the session cannot list');
  return answer;
};

test.each<[string, object, readonly string[]]>([
  ['without tags', {}, ['etl/a', 'etl/deep/b', 'etl/warm']],
  ['with tags', { team: 'etl' }, ['etl/a']],
])('the rule that the message names is the one that is missing, %s', async (_, tags, keys) => {
  await policy(bao, 'etl', {});
  const [, path = '', capabilities = ''] =
    /path "([^"]+)" \{ capabilities = (\[.+\]) \}$/.exec(faultText(await list('etl/', tags))) ?? [];
  await policy(bao, 'etl', { [path]: JSON.parse(capabilities) });
  const answer = await list('etl/', tags);
  expect(answer.ok && answer.value.toSorted()).toEqual(keys);
});

test('a prefix in the middle of a name, and one that nothing has', async () => {
  await policy(bao, 'etl', { 'secret/metadata/*': ['list'] });
  expect(await list('etl/wa')).toEqual({ ok: true, value: ['etl/warm'] });
  expect(await list('nothing/')).toEqual({ ok: true, value: [] });
  const all = await list('');
  expect(all.ok && all.value.toSorted()).toEqual(['etl/a', 'etl/deep/b', 'etl/warm', 'web/c']);
});
