import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../scenarios/cluster.ts';
import type { OpenBao } from '../servers/openbao.ts';
import { putSecret } from '../servers/openbao-secrets.ts';
import type { Chance } from './random.ts';
import { foreign, idOf, inConflict, type Model, manifestOf, type Wanted } from './walk-model.ts';

export interface Walker {
  readonly chance: Chance;
  readonly model: Model;
  readonly cluster: Cluster;
  readonly bao: OpenBao;
}

/** One thing that people do to a reference, to its Secret or to the store. Answers what it was, for the trail. */
export type Step = (walker: Walker) => Promise<string>;

export const namespaces = ['walk-a', 'walk-b', 'walk-c'] as const;
const names = ['one', 'two', 'three', 'four'] as const;
const keys = ['red', 'green', 'blue'] as const;

export const keysOf = (namespace: string): readonly string[] => keys.map(key => `${namespace}/${key}`);

async function make({ chance, model, cluster }: Walker): Promise<string> {
  const place = { namespace: chance.pick(namespaces), name: chance.pick(names) };
  const key = chance.pick(keysOf(place.namespace));
  if (model.references.has(idOf(place))) return 'made nothing: it is there';
  const wanted = model.asked({ ...place, key, target: place.name, label: 'new', atLeast: 0 });
  await cluster.apply(manifestOf(wanted));
  return `made ${idOf(wanted)}`;
}

const edit: Step = walker =>
  withOne(walker, async (wanted, { chance, model, cluster }) => {
    const targets = [wanted.name, wanted.name, `${wanted.name}-moved`, foreign];
    const change = chance.pick([
      { key: chance.pick(keysOf(wanted.namespace)) },
      { target: chance.pick(targets) },
      { label: `label-${chance.below(5)}` },
    ]);
    const next = { ...wanted, ...change };
    if (isDeepStrictEqual(next, wanted)) return `left ${idOf(wanted)} as it is`;
    const mayFail = (wanted.mayFail ?? false) || inConflict(next) || inConflict(wanted);
    await cluster.apply(manifestOf(model.asked(next, { mayFail })));
    return `edited ${idOf(wanted)}: ${JSON.stringify(change)}`;
  });

const rotate: Step = walker =>
  withOne(walker, async (wanted, { model, bao }) => {
    await putSecret(bao, wanted.key, { password: model.nextValue(wanted.key) });
    return annotate(wanted, walker);
  });

const rotateForNothing: Step = walker => withOne(walker, annotate);

async function annotate(wanted: Wanted, { model, cluster }: Walker): Promise<string> {
  const token = model.nextToken();
  model.asked(wanted, { token, mayFail: inConflict(wanted) });
  await cluster.patch('SecretReference', wanted.name, wanted.namespace, {
    metadata: { annotations: { 'shearline.dev/rotate': token } },
  });
  return `rotated ${idOf(wanted)} by ${token}`;
}

/** Nobody asks for it: it may be served or not. */
async function publish({ chance, model, bao }: Walker): Promise<string> {
  const key = chance.pick(keysOf(chance.pick(namespaces)));
  await putSecret(bao, key, { password: model.nextValue(key) });
  return `published ${key}`;
}

const remove: Step = walker =>
  withOne(walker, async (wanted, { model, cluster }) => {
    model.references.delete(idOf(wanted));
    await cluster.remove('SecretReference', wanted.name, wanted.namespace);
    return `removed ${idOf(wanted)}`;
  });

const tamper: Step = walker =>
  withTarget(walker, async ({ target, namespace }, { cluster }) => {
    const data = { PASSWORD: Buffer.from('tampered').toString('base64') };
    await ifThere(cluster.patch('Secret', target, namespace, { data }));
    return `tampered with ${namespace}/${target}`;
  });

const removeTarget: Step = walker =>
  withTarget(walker, async ({ target, namespace }, { cluster }) => {
    await cluster.remove('Secret', target, namespace);
    return `removed Secret ${namespace}/${target}`;
  });

const unlabel: Step = walker =>
  withTarget(walker, async ({ target, namespace }, { cluster }) => {
    const labels = { 'shearline.dev/managed': null };
    await ifThere(cluster.patch('Secret', target, namespace, { metadata: { labels } }));
    return `took the label from ${namespace}/${target}`;
  });

async function withOne(walker: Walker, act: (wanted: Wanted, walker: Walker) => Promise<string>): Promise<string> {
  const all = [...walker.model.references.values()];
  return all.length === 0 ? 'nothing: there is no reference' : act(walker.chance.pick(all), walker);
}

const withTarget: typeof withOne = (walker, act) =>
  withOne(walker, async wanted => (inConflict(wanted) ? 'nothing: it has no Secret' : act(wanted, walker)));

/** Somebody may have removed it just before. */
const ifThere = (doing: Promise<void>): Promise<void> =>
  doing.catch((problem: Error) => {
    if (!problem.message.includes('not found')) throw problem;
  });

export const steps: readonly (readonly [weight: number, step: Step])[] = [
  [20, make],
  [12, edit],
  [30, rotate],
  [8, rotateForNothing],
  [8, publish],
  [6, remove],
  [8, tamper],
  [6, removeTarget],
  [3, unlabel],
];
