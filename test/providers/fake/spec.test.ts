import { expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { fake } from '../../../src/providers/fake/index.ts';
import { FakeSpec } from '../../../src/providers/fake/spec.ts';
import { bindProvider } from '../../../src/providers/index.ts';
import type { ReadRequest } from '../../../src/providers/provider.ts';
import { unwrap } from '../../controllers/outcomes.ts';

const data = [
  { key: 'licence', version: '1', value: 'first' },
  { key: 'etl/warehouse', valueMap: { user: 'etl', 'with space': '"' } },
  { key: 'licence', version: '2', value: 'second' },
];
const never = new AbortController().signal;
const none = () => Promise.reject(new Error('nobody is asked'));
const ports = { clock: systemClock, http: { request: none }, clusterAddress: '', token: none, credential: none };

async function read(request: ReadRequest): Promise<string | undefined> {
  const session = unwrap(await fake.login(unwrap({ ok: true, value: FakeSpec.parse({ data }) }), ports, never));
  const answer = await session.read(request, never);
  if (answer.ok) return `${answer.value.version}: ${answer.value.value.revealText()}`;
  return answer.fault.kind === 'login-expired' ? answer.fault.kind : answer.fault.reason;
}

test.each<[string, ReadRequest, string]>([
  ['the last entry of a key', { key: 'licence' }, '2: second'],
  ['the entry of a version', { key: 'licence', version: '1' }, '1: first'],
  ['no such version', { key: 'licence', version: '3' }, 'VersionNotFound'],
  ['a map as JSON', { key: 'etl/warehouse' }, 'undefined: {"user":"etl","with space":"\\""}'],
  ['no such key', { key: 'etl' }, 'KeyNotFound'],
])('reads %s', async (_, request, expected) => {
  expect(await read(request)).toBe(expected);
});

test.each<[string, object]>([
  ['neither value nor map', { key: 'a' }],
  ['both', { key: 'a', value: '', valueMap: {} }],
  ['a key that no reference can name', { key: 'a/../b', value: '' }],
  ['a version of blanks', { key: 'a', value: '', version: ' ' }],
])('an entry with %s is refused', (_, entry) => {
  expect(bindProvider({ fake: { data: [entry] } })).toMatchObject({ ok: false, fault: { reason: 'InvalidSpec' } });
});
