import { describe, expect, test } from '@jest/globals';
import { hour, password, reference, wants } from '../builders.ts';
import { fieldsOf } from '../fields.ts';
import { World } from '../world.ts';

const templated = (template: object) => reference().target({ template });
const jdbc = { 'jdbc.properties': 'user=etl\npassword=$(password)\n' };
const labels = { 'shearline.dev/template': 'true' };
const object = (name: string, data: Readonly<Record<string, string>>, more = labels) => ({
  metadata: { name, namespace: 'etl', uid: `uid-${name}`, resourceVersion: '7', labels: more },
  data,
});
const base64 = (text: string) => Buffer.from(text).toString('base64');
const synced = { Ready: 'True Synced', Synced: 'True Synced' };

describe('a template', () => {
  test.each<[string, object, Readonly<Record<string, string>>]>([
    ['has its keys alone', { data: jdbc }, { 'jdbc.properties': `user=etl\npassword=${password}\n` }],
    [
      'is beside the values with mergePolicy Merge',
      { data: { copy: '$(password)' }, mergePolicy: 'Merge' },
      { password, copy: password },
    ],
    ['leaves the values when it has labels only', { labels: { team: '$(reference.namespace)' } }, { password }],
    ['knows its reference', { data: { name: '$(reference.name) $$(HOME)' } }, { name: 'db $(HOME)' }],
  ])('%s', async (_, template, data) => {
    const world = await World.synced(templated(template));
    expect(world.secret()).toEqual(data);
    expect(world.conditions()).toEqual(synced);
  });

  test('makes labels and annotations, which win over those of the target', async () => {
    const template = { labels: { host: '$(reference.name)-1' }, annotations: { note: 'of $(reference.namespace)' } };
    const world = await World.synced(reference().target({ template, labels: { host: 'plain', tier: 'gold' } }));
    expect(world.secretMetadata().labels).toMatchObject({ host: 'db-1', tier: 'gold' });
    expect(world.secretMetadata().annotations).toMatchObject({ note: 'of etl' });
  });

  test('writes nothing when nothing changed, after a refresh and after a restart', async () => {
    const world = await World.synced(templated({ data: { login: '$(base64.encode(password))' } }));
    expect(world.conditions()).toEqual(synced);
    world.clock.pass(hour);
    await world.reconcile();
    world.restart();
    world.clock.pass(hour);
    await world.reconcile();
    expect(world.api.writes).toEqual([]);
  });
});

describe('what cannot be rendered is said without a value, and the last good Secret stays', () => {
  test.each<[string, object, string, string]>([
    ['syntax', { data: { a: '$(password' } }, 'InvalidSpec', 'spec.target.template.data[a]: line 1, column 1'],
    ['a name that is not there', { data: { a: '$(pasword)' } }, 'ValueNotUsable', 'spec.target.template.data[a]'],
    ['a label', { labels: { a: '$(password + "!")' } }, 'ValueNotUsable', 'spec.target.template.labels[a]'],
    [
      'annotations',
      {
        annotations: {
          a: `$(indent("${'\\n'.repeat(500)}", 64) + indent(indent("${'\\n'.repeat(500)}", 64).replace(" ", "12345678"), 1))`,
        },
      },
      'ValueNotUsable',
      'spec.target.template.annotations give more than the 256 KiB',
    ],
    ['no such object', { from: [{ configMap: { name: 'no' } }] }, 'TemplateNotFound', 'ConfigMap etl/no'],
  ])('%s', async (_, template, reason, says) => {
    const world = await World.synced(reference());
    world.api.change('secretreferences', 'db', { metadata: { generation: 2 }, spec: { target: { template } } });
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Synced: `False ${reason}` });
    const message = world.status()?.conditions.find(({ type }) => type === 'Synced')?.message;
    expect(message).toContain(says);
    expect(message).not.toContain(password);
    expect(world.secret()).toEqual({ password });
  });
});

describe('templates from other objects', () => {
  const from = [{ configMap: { name: 'spark' } }, { secret: { name: 'more' } }];
  const both = async (data?: object) => {
    const world = new World(templated({ from, ...(data && { data }) }));
    world.api.put('configmaps', object('spark', { 'a.conf': 'p=$(password)', both: 'first' }));
    world.api.put('secrets', object('more', { both: base64('second'), bytes: '/w==' }));
    await world.reconcile();
    return world;
  };

  test('are the keys of a ConfigMap or Secret; later ones win, and data over all; what is no text is left out', async () => {
    expect((await both()).secret()).toEqual({ 'a.conf': `p=${password}`, both: 'second' });
    expect((await both({ both: 'third' })).secret()).toMatchObject({ both: 'third' });
  });

  test('wake their references, and are rendered again when they change, also while nobody was there', async () => {
    const world = await both();
    world.forget();
    world.api.put('configmaps', {
      ...object('spark', { 'a.conf': 'newer' }),
      metadata: { ...object('spark', {}).metadata, resourceVersion: '8' },
    });
    expect(world.woken).toEqual([{ key: 'etl/db', priority: 'normal' }]);
    world.restart();
    await world.reconcile();
    expect(world.secret()).toEqual({ 'a.conf': 'newer', both: 'second' });
    expect(world.outcomes).toMatchObject([{ because: 'TemplateChanged', result: 'updated' }]);
  });

  test('must carry the label: whoever may write a reference could otherwise copy any Secret', async () => {
    const world = new World(templated({ from: [{ secret: { name: 'more' } }] }));
    world.api.put('secrets', object('more', { a: base64('x') }, { ...labels, 'shearline.dev/template': 'no' }));
    await world.reconcile();
    expect(world.conditions()).toMatchObject({ Synced: 'False TemplateNotFound' });
    expect(world.secret()).toBeUndefined();
  });

  test('a label of the reference that a template shows is rendered again', async () => {
    const world = await World.synced(
      templated({ data: { team: '$(reference.labels["team"])' } }).metadata({ labels: { team: 'a' } }),
    );
    world.api.change('secretreferences', 'db', { metadata: { labels: { team: 'b' } } });
    await world.run();
    expect(world.secret()).toEqual({ team: 'b' });
    expect(fieldsOf(world.status()).target).toMatchObject({ templateInputs: expect.any(String) });
  });
});

test('a reference of many values is rendered all or nothing', async () => {
  const world = await World.synced(
    reference()
      .spec(wants('password'))
      .target({ template: { data: { a: 'x', b: '$(no)' } } }),
  );
  expect(world.secret()).toBeUndefined();
});
