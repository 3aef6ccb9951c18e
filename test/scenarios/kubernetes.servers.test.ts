import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { startKubernetes } from '../providers/kubernetes/harness.ts';
import { providerStory } from './provider-story.ts';

const place = providerStory('kubernetes', startKubernetes);

test('text beside bytes of one Secret arrives by its property, bytes by theirs, and all of it by extract', async () => {
  const key = place().store.key('keystore');
  const [password, jks] = [secretValue(), Buffer.from([0, 255, 254])];
  await place().store.putAll(key, { password, jks });
  const team = place().team('team-a');
  const entry = (property: string) => ({ secretKey: property, remoteRef: { key, property } });
  await team.refer('text', { data: [entry('password')] });
  await team.refer('both', { data: [entry('password'), entry('jks')] });
  await team.refer('all', { dataFrom: [{ extract: { key } }] });
  await team.refer('whole', { data: [{ secretKey: 'whole', remoteRef: { key } }] });
  await Promise.all(['text', 'both', 'all'].map(team.synced));
  const dataOf = async (reference: string) => (await team.secret(reference))?.data;
  expect(await dataOf('text')).toEqual({ password: Buffer.from(password) });
  for (const reference of ['both', 'all'])
    expect(await dataOf(reference)).toEqual({ password: Buffer.from(password), jks });
  expect(await team.failing('whole', 'ValueNotUsable')).toContain('holds bytes under jks, which JSON cannot hold');
});
