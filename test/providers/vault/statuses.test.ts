import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { Rig } from './rig.ts';
import { canary, faultText, permissionDenied, startRig } from './rig.ts';
import { never } from './setting.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

describe('a status has its meaning', () => {
  test.each<[string, Answer, RegExp]>([
    ['sealed', json({ errors: ['Vault is sealed'] }, 503), /^ProviderUnavailable: Vault at 127.* is sealed/],
    ['503 of a balancer', json({}, 503), /^ProviderUnavailable: .*problem of its own \(status 503\)/],
    ['rate limit', json({ errors: [`quota ${canary}`] }, 429), /^Throttled: .*fewer requests/],
    ['standby', json({ initialized: true, sealed: false, standby: true }, 429), /^ProviderUnavailable: .*standby/],
    ['DR secondary', json({ standby: true }, 472), /^ProviderUnavailable: .*disaster-recovery/],
    ['performance standby', json({ standby: true }, 473), /^ProviderUnavailable: .*performance standby/],
    ['not initialised', json({}, 501), /^ProviderUnavailable: .*not initialised/],
    ['behind a write', json({ errors: [] }, 412), /^ProviderUnavailable: .*not caught up/],
    [
      'upgrading',
      json({ errors: ['Upgrading from non-versioned to versioned data.'] }, 400),
      /^ProviderUnavailable: .*upgrading/,
    ],
    ['redirect', { kind: 'redirect', to: 'http://127.0.0.1:1/' }, /^ProviderUnavailable: .*redirects elsewhere/],
    ['another 400', json({ errors: [canary] }, 400), /^AccessDenied: .*status 400/],
  ])('%s', async (_, answer, expected) => {
    expect(faultText(await rig.read({ 'secret/data/etl/x': answer }))).toMatch(expected);
  });
});

describe('403', () => {
  test('of a token that lives is policy, and the message has the rule to add', async () => {
    const answer = await rig.read({ 'secret/data/etl/x': permissionDenied });
    expect(faultText(answer)).toMatch(
      /^AccessDenied: .*refused access to etl\/x: its policy needs path "secret\/data\/etl\/x" { capabilities = \["read"\] }$/,
    );
  });

  test('of a token that is dead is an expired login', async () => {
    const logged = await rig.session({ 'secret/data/etl/x': permissionDenied });
    rig.answerWith({ '*': permissionDenied });
    expect(await logged.read({ key: 'etl/x' }, never)).toEqual({ ok: false, fault: { kind: 'login-expired' } });
  });

  test('leaves both open when the store cannot say', async () => {
    const logged = await rig.session({ 'secret/data/etl/x': permissionDenied });
    rig.answerWith({ 'auth/token/lookup-self': json({}, 500), 'secret/data/etl/x': permissionDenied });
    expect(faultText(await logged.read({ key: 'etl/x' }, never))).toMatch(/^ProviderUnavailable/);
  });

  test('of many reads at once costs one lookup', async () => {
    const logged = await rig.session({ '*': permissionDenied });
    const before = rig.calls('auth/token/lookup-self');
    await Promise.all(Array.from({ length: 200 }, (_, i) => logged.read({ key: `k${i}` }, never)));
    expect(rig.calls('auth/token/lookup-self') - before).toBe(1);
  });
});
