import { canary } from '../../canary.ts';
import { never, reply, rig, secret, vaultRig } from './rig.ts';

/** Run as a process of its own by sdk-logs.test.ts: the SDK reads its log level when it is loaded. */

const entered = await vaultRig(({ url }) =>
  url.includes('none') ? reply({ error: canary }, 403) : secret(canary),
).session();
await entered.read({ key: 'some' }, never);
await entered.read({ key: 'none' }, never);
await entered.list?.({ prefix: '', tags: {}, limit: 9 }, never);
const refused = { error: 'invalid_client', error_description: `AADSTS700213: ${canary}`, error_codes: [700213] };
await rig(() => reply(refused, 401)).login();
await rig(() => reply(`<html>${canary}`)).login();
