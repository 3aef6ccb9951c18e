import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { vault } from '../../../src/providers/vault/index.ts';
import type { Answer } from '../../servers/answers.ts';
import { json } from '../../servers/answers.ts';
import type { Rig } from './rig.ts';
import { canary, credentials, permissionDenied, startRig } from './rig.ts';
import { appRoleAuth, never, ports, spec, tokenAuth } from './setting.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.tidy());
afterAll(() => rig.stop());

describe('a login that does not work', () => {
  const given = (auth: object) => spec({ address: rig.address, auth });
  test.each<[string, object, Record<string, Answer>, RegExp]>([
    ['a page', appRoleAuth, { '*': { kind: 'reply', body: `<html>${canary}` } }, /^ProviderUnavailable: .*not Vault's/],
    ['an answer without a token', appRoleAuth, { '*': json({ auth: null }) }, /^ProviderUnavailable/],
    [
      'a token with a line break',
      appRoleAuth,
      { '*': json({ auth: { client_token: 'a\r\nX: y', lease_duration: 1, renewable: true } }) },
      /^ProviderUnavailable/,
    ],
    [
      'no auth method',
      appRoleAuth,
      { '*': json({ errors: ['no handler for route "x"'] }, 404) },
      /^AuthFailed: .*an AppRole on auth\/approle in the root namespace: no auth method is mounted/,
    ],
    [
      'a dead token',
      tokenAuth,
      { '*': permissionDenied },
      /^AuthFailed: .*the token in Secret "vault-token" on auth\/token in the root namespace: it has ended/,
    ],
    ['sealed', tokenAuth, { '*': json({ errors: ['Vault is sealed'] }, 503) }, /^ProviderUnavailable: .*sealed/],
    ['a problem', tokenAuth, { '*': json({ errors: [canary] }, 500) }, /^ProviderUnavailable/],
  ])('%s', async (_, auth, answers, expected) => {
    rig.answerWith(answers);
    const result = await vault.login(given(auth), ports({ credentials }), never);
    expect(JSON.stringify(result)).not.toContain(canary);
    expect(result.ok ? '' : `${result.fault.reason}: ${result.fault.message}`).toMatch(expected);
  });

  test.each([[''], ['two\nlines'], ['é'], [' \n']])('a credential of %j is refused before it is sent', async token => {
    const before = rig.requests.length;
    const result = await vault.login(given(tokenAuth), ports({ credentials: { token } }), never);
    expect(result).toMatchObject({ ok: false, fault: { reason: 'AuthFailed' } });
    expect(rig.requests).toHaveLength(before);
  });
});
