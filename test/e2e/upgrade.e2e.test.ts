import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { chart, helm, majors, type Said } from '../chart/helm.ts';
import type { Team } from '../scenarios/team.ts';
import { place, release, useInstalled, values } from './installed.ts';

describe.each(majors)('%s', major => {
  const installed = useInstalled(major);
  const helmHere = (...args: readonly string[]) =>
    helm([...args, ...place], { major, kubeconfig: installed().controlPlane.adminKubeconfig });
  const kubectl = (...args: readonly string[]) => installed().kubectl(...args);
  const pods = async () => (await kubectl(...here, 'get', 'pods', '--output=name')).trim().split('\n');
  const here = ['--namespace', release.namespace];
  const name = major.toLowerCase().replace(' ', '-');

  test('rotations that are asked for during an upgrade and a rollback are all answered', async () => {
    const team = await installed().team(`upgrade-${name}`);
    await team.put('db', { password: secretValue() });
    await team.refer('db');
    await team.synced('db');
    const before = await pods();
    const change = ['--set', 'podAnnotations.e2e=upgraded', ...values, '--wait', '--timeout', '5m'];
    await whileRotating(team, 'upgrade', helmHere('upgrade', release.name, chart, ...change));
    const upgraded = await pods();
    await whileRotating(team, 'rollback', helmHere('rollback', release.name, '--wait', '--timeout', '5m'));
    expect(new Set([...before, ...upgraded, ...(await pods())]).size).toBe(6);
  }, 600_000);

  test('after an uninstall Secrets are where they were; with the CRDs go those that references own, and nothing is left Terminating', async () => {
    const team = await installed().team(`uninstall-${name}`);
    const password = secretValue();
    await team.put('db', { password });
    const spec = { dataFrom: [team.extract('db')] };
    await team.refer('owned', spec);
    await team.refer('orphan', { ...spec, target: { creationPolicy: 'Orphan' } });
    for (const each of ['owned', 'orphan']) await team.synced(each);

    const said = await helmHere('uninstall', release.name, '--wait', '--timeout', '5m');
    expect(said).toMatchObject({ ok: true });
    await kubectl('delete', 'namespace', release.namespace, '--timeout=120s');
    for (const each of ['owned', 'orphan']) expect((await team.secret(each))?.text).toEqual({ password });
    expect((await team.reference('owned')).metadata.name).toBe('owned');

    await kubectl('delete', 'crd', '--selector', `app.kubernetes.io/instance=${release.name}`, '--timeout=120s');
    await kubectl('--namespace', team.namespace, 'wait', 'secret/owned', '--for=delete', '--timeout=120s');
    expect((await team.secret('orphan'))?.text).toEqual({ password });
    await kubectl('delete', 'namespace', team.namespace, '--timeout=120s');
    const left = ['get', 'clusterroles,clusterrolebindings,validatingadmissionpolicies,namespaces', '--output=name'];
    expect((await kubectl(...left)).split('\n').filter(each => each.includes('shearline'))).toEqual([]);
  }, 600_000);
});

/** One after the other, each with a value of its own, until the change is through; at least one begins after it. */
async function whileRotating(team: Team, what: string, change: Promise<Said>): Promise<void> {
  let said: Said | undefined;
  void change.then(now => {
    said = now;
  });
  for (let count = 0, last = false; !last; count++) {
    last = said !== undefined;
    const password = secretValue();
    await team.put('db', { password });
    const { status } = await team.rotate('db', `${what}-${count}`);
    expect(status?.rotation).toMatchObject({ result: 'Rotated', lastSucceeded: `${what}-${count}` });
    expect((await team.secret('db'))?.text).toEqual({ password });
  }
  expect(await change).toMatchObject({ ok: true });
}
