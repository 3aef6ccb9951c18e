import { expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { until } from '../servers/process.ts';
import { release, useInstalled } from './installed.ts';

const installed = useInstalled();
const names = Array.from({ length: 50 }, (_, index) => `db-${index}`);

test('the leader’s pod is killed in the middle of fifty rotations, and all fifty are answered with the newest value', async () => {
  const team = await installed().team('leader');
  const [first, second] = [secretValue(), secretValue()];
  for (const name of names) await team.put(name, { password: first });
  for (const name of names) await team.refer(name);
  for (const name of names) await team.synced(name);
  const before = await leader();
  for (const name of names) await team.put(name, { password: second });

  for (const name of names.slice(0, 10)) await team.rotate(name, 't1');
  // A store that stands still holds the others in the middle.
  installed().bao.server.pause();
  for (const name of names.slice(10)) await team.annotate(name, { 'shearline.dev/rotate': 't1' });
  await installed().kubectl('--namespace', release.namespace, 'delete', 'pod', before, '--grace-period=0', '--force');
  await until('another pod to lead', async () => ![before, ''].includes(await leader()), 120_000);
  installed().bao.server.resume();
  for (const name of names)
    await team.until(name, 'the rotation to be answered', ({ status }) => status?.rotation?.lastSucceeded === 't1');

  await installed().kubectl(
    '--namespace',
    release.namespace,
    'rollout',
    'status',
    'deployment/shearline',
    '--timeout=120s',
  );
  for (const name of names) expect((await team.secret(name))?.text).toEqual({ password: second });
}, 400_000);

/** The name of the pod that holds the Lease. */
const leader = async (): Promise<string> => {
  const holder = ['get', 'lease/shearline', '--output', 'jsonpath={.spec.holderIdentity}'];
  return (await installed().kubectl('--namespace', release.namespace, ...holder)).replace(/_.*$/, '');
};
