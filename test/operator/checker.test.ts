import { afterEach, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { ok } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { BodyBudget } from '../../src/net/body-budget.ts';
import { createResolver } from '../../src/net/resolver.ts';
import { createChecker } from '../../src/operator/checker.ts';
import { type Answer, json } from '../servers/answers.ts';
import { type StandIn, startStandIn } from '../servers/stand-in.ts';

const canary = 'CANARY-7f3a';
const { signal } = new AbortController();
let service: StandIn | undefined;
afterEach(() => service?.stop());

const opened = ['--allow-insecure-namespaced-providers', '--allow-provider-cidrs=127.0.0.0/8'];

/** What a service that answers so is worth, to an operator with these flags. */
async function ask(answer: Answer, flags: readonly string[] = opened, caBundle?: { inline: string }) {
  service = await startStandIn(() => answer);
  const config = parseConfig(flags, {});
  if (!config.ok) throw new Error(config.fault);
  const checker = createChecker({
    config: config.value,
    names: createResolver({ clock: systemClock, signal }),
    bodies: new BodyBudget(),
    bundles: {
      configMapField: async () => ok(''),
      credentialField: async () => ok(SecretValue.fromText('')),
      trustBundle: async () => ok(''),
    },
  });
  const question = {
    namespace: 'etl',
    url: `${service.address}/try`,
    caBundle,
    service: 'the service',
    body: '{"run":"a-1"}',
  };
  return checker.ask(question, signal);
}

test('a POST with a body, without credentials, and of the answer the status alone', async () => {
  expect(await ask(json({ said: canary }, 422))).toEqual({ ok: true, value: { status: 422, retryAfterMs: undefined } });
  expect(service?.requests).toEqual([expect.objectContaining({ method: 'POST', path: '/try', body: '{"run":"a-1"}' })]);
  expect(service?.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('when it may be asked again', async () => {
  expect(await ask(json({}, 503, { 'retry-after': '7' }))).toMatchObject({
    value: { status: 503, retryAfterMs: 7000 },
  });
});

describe('it is not asked', () => {
  test.each<[string, readonly string[], string]>([
    ['by plain http, where nothing is said', ['--allow-provider-cidrs=127.0.0.0/8'], 'must begin with https://'],
    ['by plain http, where that is for administrators', ['--allow-insecure-providers'], 'must begin with https://'],
    ['at loopback', ['--allow-insecure-namespaced-providers'], 'loopback addresses are closed'],
  ])('%s', async (_, flags, says) => {
    const answer = await ask(json({}, 200), flags);
    expect(answer).toMatchObject({ ok: false, fault: { kind: 'invalid', message: expect.stringContaining(says) } });
    expect(service?.requests).toEqual([]);
  });

  test('with a CA bundle that is none', async () => {
    expect(await ask(json({}, 200), opened, { inline: canary })).toMatchObject({ ok: false });
    expect(service?.requests).toEqual([]);
  });
});

test.each<[string, Answer]>([
  ['that leads elsewhere', { kind: 'redirect', to: 'http://169.254.169.254/' }],
  ['that is larger than anybody reads', { kind: 'reply', status: 200, body: canary.repeat(20_000) }],
  ['that ends in the middle', { kind: 'half', body: canary }],
  ['that never comes', { kind: 'reset' }],
  ['that unfolds', { kind: 'bomb', bytes: 1_000_000 }],
])('an answer %s is none, and nothing of it is told', async (_, answer) => {
  const said = await ask(answer);
  expect(said).toMatchObject({ ok: false });
  expect(JSON.stringify(said)).not.toContain('CANARY');
});
