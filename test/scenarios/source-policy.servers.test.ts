import { describe, expect, test } from '@jest/globals';
import { secretValue } from '../canary.ts';
import { openBaoAudit } from '../servers/audit.ts';
import { until } from '../servers/process.ts';
import { clusterSource, source } from './manifests.ts';
import { conditionOf } from './objects.ts';
import type { Team } from './team.ts';
import { useWorld } from './world.ts';

const world = useWorld({ defaultSource: false });

const apply = (object: ReturnType<typeof source>) => world().cluster.apply(object);
const address = () => world().bao.address;
const shared = (name: string, namespaces: object, more = {}) => clusterSource(name, address(), { namespaces, ...more });

/** A reference `db` to this source. */
const referTo = (team: Team, sourceRef?: object, more = {}) =>
  team.refer('db', { ...(sourceRef && { sourceRef }), dataFrom: [team.extract('db')], ...more });
const clusterRef = (name: string) => ({ kind: 'ClusterSecretSource', name });
const sourceOf = async (team: Team) => (await team.reference('db')).status?.source;

const withKey = (key: string, sourceRef: object) => ({ sourceRef, dataFrom: [{ extract: { key } }] });

describe('default sources', () => {
  test('one of the namespace beats one of the cluster', async () => {
    const team = await world().teamWithValue('own-default');
    await apply(shared('cluster-default', { names: ['own-default'] }, { default: true }));
    await apply(source('own-default', 'own', address(), { default: true }));
    await referTo(team);
    // The watch that brings the source may be the slower one.
    await until('its own default', async () => (await sourceOf(team))?.kind === 'SecretSource');
    await team.synced('db');
    expect(await sourceOf(team)).toEqual({ kind: 'SecretSource', name: 'own' });
  });

  test('one that appears later moves nobody', async () => {
    const team = await world().teamWithValue('kept-default');
    await apply(shared('first-default', { names: ['kept-default'] }, { default: true }));
    await referTo(team);
    const { creationTimestamp = '' } = (await team.synced('db')).metadata;
    await until('a later second', () => Date.now() >= Date.parse(creationTimestamp) + 1000);
    await apply(source('kept-default', 'own', address(), { default: true }));
    await team.rotate('db', 't1');
    expect(await sourceOf(team)).toEqual({ kind: 'ClusterSecretSource', name: 'first-default' });
  });

  test.each([
    ['no longer a default', (name: string) => apply(source(name, 'two', address()))],
    ['deleted', (name: string) => world().cluster.remove('SecretSource', 'two', name)],
  ])('two of one rank are InvalidSpec, which names both, until one is %s', async (what, fix) => {
    const name = `two-${what.replaceAll(' ', '-')}`;
    const team = await world().teamWithValue(name);
    for (const each of ['one', 'two']) await apply(source(name, each, address(), { default: true }));
    await referTo(team);
    expect(await team.failing('db', 'InvalidSpec')).toBe(
      `both SecretSource one and SecretSource two are the default of namespace ${name}: set spec.sourceRef, or take default: true from one of them`,
    );
    await fix(name);
    await team.synced('db');
    expect(await sourceOf(team)).toEqual({ kind: 'SecretSource', name: 'one' });
  });
});

describe('which namespaces a ClusterSecretSource serves', () => {
  test('those that it names', async () => {
    const team = await world().teamWithValue('named');
    await apply(shared('by-name', { names: ['somebody-else'] }));
    await referTo(team, clusterRef('by-name'));
    expect(await team.failing('db', 'NamespaceNotAllowed')).toContain(
      'does not serve namespace named: its owner can add',
    );
    expect(await team.secret('db')).toBeUndefined();
    await apply(shared('by-name', { names: ['somebody-else', 'named'] }));
    await team.synced('db');
  });

  test('those that it selects, from the moment that they have the label', async () => {
    const team = await world().teamWithValue('selected');
    await apply(shared('by-label', { selector: { matchLabels: { team: 'etl' } } }));
    await referTo(team, clusterRef('by-label'));
    await team.failing('db', 'NamespaceNotAllowed');
    await world().cluster.patch('Namespace', 'selected', undefined, { metadata: { labels: { team: 'etl' } } });
    await team.synced('db');
  });

  test('all, if it says so', async () => {
    const team = await world().teamWithValue('all');
    await apply(shared('for-all', { all: true }));
    await referTo(team, clusterRef('for-all'));
    await team.synced('db');
  });

  test.each([
    ['an empty selector', { selector: {} }, 'an empty selector would serve every namespace'],
    ['an empty list of names', { names: [] }, 'names'],
    ['nothing', {}, 'set exactly one of names, selector, all'],
    ['two things', { names: ['x'], all: true }, 'set exactly one of names, selector, all'],
    ['all: false', { all: false }, 'all'],
  ])('is never said by %s: the API server refuses it', async (_, namespaces, why) => {
    await expect(apply(shared('refused', namespaces))).rejects.toThrow(why);
  });

  test('one that is served no longer keeps its Secret, is refreshed no more, and its login is revoked', async () => {
    const team = await world().teamWithValue('left', { tenant: 'yes' });
    await apply(shared('leaving', { selector: { matchLabels: { tenant: 'yes' } } }));
    await referTo(team, clusterRef('leaving'));
    await team.synced('db');
    const revocations = async () =>
      (await openBaoAudit(world().bao)).filter(
        ({ type, request }) => type === 'request' && request.path === 'auth/token/revoke-self',
      ).length;
    const before = await revocations();
    await world().cluster.patch('Namespace', 'left', undefined, { metadata: { labels: { tenant: null } } });
    await team.failing('db', 'NamespaceNotAllowed');
    await until('the login to be revoked', async () => (await revocations()) > before);
    const reads = await world().audits.reads('secret/data/left/db');
    await team.put('db', { password: secretValue('second') });
    const { status } = await team.rotate('db', 't1');
    expect(status?.rotation).toMatchObject({ result: 'Failed', reason: 'NamespaceNotAllowed' });
    expect(['Ready', 'Synced', 'Stalled'].map(type => conditionOf({ status }, type)?.status)).toEqual([
      'True',
      'False',
      'True',
    ]);
    expect((await team.secret('db'))?.text.password).toBe(team.password);
    expect(await world().audits.reads('secret/data/left/db')).toBe(reads);
  });
});

describe('allowedKeys', () => {
  const allowedKeys = ['{namespace}/**', 'shared/*', '{labels.env}/app-*'];
  test.each([
    ['own keys at any depth', 'deep/er/db', 'allowed'],
    ['one level of what is shared', 'shared/db', 'allowed'],
    ['keys by a label of the namespace', 'prod/app-db', 'allowed'],
    ['not what is deeper', 'shared/deep/db', 'refused'],
    ['not those of another namespace', 'other/db', 'refused'],
    ['not those of a namespace whose name begins alike', 'deeper/db', 'refused'],
    ['not those of another label', 'dev/app-db', 'refused'],
    ['not the top of its own tree', 'deep', 'refused'],
  ])('let a namespace read %s (%s)', async (what, key, expected) => {
    const name = `keys-${key.replaceAll('/', '-')}`;
    const team = await world().team(name, { env: 'prod' });
    // The namespace is called as the first row says, whatever its real name.
    const patterns = allowedKeys.map(pattern => pattern.replace('{namespace}', 'deep'));
    await world().cluster.apply(
      clusterSource(name, address(), { namespaces: { names: [name] }, allowedKeys: patterns }),
    );
    await world().bao.api('POST', `secret/data/${key}`, { data: { password: secretValue(what) } });
    const before = await world().audits.reads(`secret/data/${key}`);
    await team.refer('db', withKey(key, clusterRef(name)));
    if (expected === 'allowed') await team.synced('db');
    else {
      const message = await team.failing('db', 'KeyNotAllowed');
      expect(message).toContain(`namespace ${name} may not read ${key} from ClusterSecretSource ${name}`);
      expect(await world().audits.reads(`secret/data/${key}`)).toBe(before);
    }
  });

  test('{namespace} is the one that asks; an empty list allows nothing; what is widened heals', async () => {
    const [one, two] = [await world().teamWithValue('asks-one'), await world().teamWithValue('asks-two')];
    const tree = (patterns: readonly string[]) => clusterSource('tree', address(), { allowedKeys: patterns });
    await world().cluster.apply(tree(['{namespace}/**']));
    await one.refer('db', withKey('asks-one/db', clusterRef('tree')));
    await two.refer('db', withKey('asks-one/db', clusterRef('tree')));
    await one.synced('db');
    await two.failing('db', 'KeyNotAllowed');
    await world().cluster.apply(tree([]));
    await one.failing('db', 'KeyNotAllowed');
    expect((await one.secret('db'))?.text.password).toBe(one.password);
    await world().cluster.apply(tree(['asks-one/*']));
    await one.synced('db');
    await two.synced('db');
  });

  test.each(['/a', 'a/', 'a//b', '', '{namespace', '{name}/x', '{labels.}/x', 'a**/b', 'a/***/b'])(
    'the pattern "%s" is refused by the API server',
    async pattern => {
      await expect(
        world().cluster.apply(clusterSource('refused', address(), { allowedKeys: [pattern] })),
      ).rejects.toThrow('allowedKeys');
    },
  );
});

describe('what a source asks of its references', () => {
  test.each<[string, object, object, string]>([
    ['targetTypes', { targetTypes: ['kubernetes.io/tls'] }, { targetTypes: ['Opaque'] }, 'RefusedByPolicy'],
    ['minRefreshInterval', { minRefreshInterval: '3h' }, { minRefreshInterval: '1m' }, 'RefusedByPolicy'],
    ['ownerRequired', { ownerRequired: true }, { ownerRequired: false }, 'RefusedByPolicy'],
    ['deniedKeys', { deniedKeys: ['**/db'] }, { deniedKeys: ['**/root'] }, 'KeyNotAllowed'],
    ['maxSecretBytes', { maxSecretBytes: 3 }, { maxSecretBytes: 3000 }, 'TargetTooLarge'],
  ])('%s: refused with the rule, and served when its owner widens it', async (rule, narrow, wide, reason) => {
    const name = `asked-${rule.toLowerCase()}`;
    const team = await world().teamWithValue(name);
    const strict = (policy: object) => shared(name, { names: [name] }, { policy });
    await apply(strict(narrow));
    const before = await world().audits.reads(`secret/data/${name}/db`);
    await referTo(team, clusterRef(name), { refreshInterval: '2h' });
    expect(await team.failing('db', reason)).toContain(`spec.policy.${rule}`);
    if (reason !== 'TargetTooLarge') expect(await world().audits.reads(`secret/data/${name}/db`)).toBe(before);
    await apply(strict(wide));
    await team.synced('db');
    await apply(strict(narrow));
    await team.failing('db', reason);
    expect((await team.secret('db'))?.text.password).toBe(team.password);
  });
});
