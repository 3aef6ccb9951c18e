import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { SecretReference } from '../../src/api/secret-reference/secret-reference.ts';
import { conditionOf, referenceOf, type SecretView, secretOf } from '../scenarios/objects.ts';
import type { World } from '../scenarios/world.ts';
import type { Journal } from './journal.ts';
import { statusOf } from './match.ts';
import { foreign, idOf, inConflict, type Model, type Wanted } from './walk-model.ts';
import { namespaces } from './walk-steps.ts';

/** What is not as it should be, once all faults are over. Empty when all is well. */
export async function shortcomings(model: Model, world: World): Promise<readonly string[]> {
  const found = await Promise.all(namespaces.map(namespace => inNamespace(namespace, model, world)));
  return found.flat();
}

async function inNamespace(namespace: string, model: Model, { cluster }: World): Promise<readonly string[]> {
  const [references, secrets] = await Promise.all([
    cluster.list('SecretReference', namespace),
    cluster.list('Secret', namespace),
  ]);
  const views = secrets.map(secretOf);
  return references.map(referenceOf).flatMap(reference => {
    const wanted = model.references.get(idOf(reference.metadata));
    if (wanted === undefined) return [];
    const owned = views.filter(secret => isOwned(secret, wanted, reference));
    return ofReference(wanted, reference, owned, model).map(what => `${idOf(wanted)}: ${what}`);
  });
}

/** One that lost our label is out of the operator's sight: under a name that is wanted no more it goes with its reference. */
function isOwned({ metadata }: SecretView, { target }: Wanted, reference: SecretReference): boolean {
  const inSight = metadata.labels['shearline.dev/managed'] === 'true' || metadata.name === target;
  return inSight && metadata.ownerReferences.some(({ uid }) => uid === reference.metadata.uid);
}

function ofReference(wanted: Wanted, reference: SecretReference, owned: readonly SecretView[], model: Model): string[] {
  const { status, metadata } = reference;
  const synced = conditionOf(reference, 'Synced');
  const reason = inConflict(wanted) ? 'TargetConflict' : 'Synced';
  const rotation = status?.rotation;
  const wrong = {
    [`Synced says ${synced?.reason} of generation ${synced?.observedGeneration}, wanted is ${reason} of ${metadata.generation}`]:
      synced?.reason !== reason || synced.observedGeneration !== metadata.generation,
    [`token ${wanted.token} is lost: handled is ${rotation?.lastHandled}`]: wanted.token !== rotation?.lastHandled,
    [`token ${wanted.token} did not succeed, last is ${rotation?.lastSucceeded}`]:
      wanted.mayFail !== true && wanted.token !== rotation?.lastSucceeded,
    ...(inConflict(wanted) ? {} : ofTarget(wanted, reference, owned, model)),
  };
  return Object.entries(wrong).flatMap(([what, isSo]) => (isSo ? [what] : []));
}

function ofTarget(
  { target, key, atLeast, label }: Wanted,
  { status }: SecretReference,
  owned: readonly SecretView[],
  model: Model,
) {
  const [secret] = owned;
  const served = model.valuesOf(key).indexOf(secret?.text.PASSWORD ?? '');
  const names = owned.map(({ metadata }) => metadata.name);
  return {
    [`it owns the Secrets ${names.join(', ')}, wanted is ${target}`]: !isDeepStrictEqual(names, [target]),
    [`it serves value ${served} of ${key}, asked for was ${atLeast} or later`]: served < atLeast,
    'its Secret lacks a label': secret?.metadata.labels['example.com/walk'] !== label,
    'status does not know the last write': status?.target?.resourceVersion !== secret?.metadata.resourceVersion,
  };
}

/** What the operator must never have done, whatever happened. */
export function misdeeds(journal: Journal, since: number): readonly string[] {
  const writes = journal.writes({}, since).filter(({ call }) => namespaces.some(name => name === call.namespace));
  const touched = writes.filter(({ call }) => call.resource === 'secrets' && call.name === foreign);
  const elsewhere = journal
    .writes({}, since)
    .filter(
      ({ call }) =>
        call.resource === 'secrets' &&
        call.namespace !== 'bystander' &&
        !writes.some(({ call: known }) => known === call),
    );
  return [
    ...touched.map(({ call }) => `${call.verb} of a foreign Secret in ${call.namespace}`),
    ...elsewhere.map(({ call }) => `${call.verb} of Secret ${call.namespace}/${call.name}`),
    ...answeredTwice(journal, since),
  ];
}

const Patch = z.object({ status: z.object({ rotation: z.object({ lastHandled: z.string().optional() }).nullish() }) });

/** Each token is answered by one status that took effect. */
function answeredTwice(journal: Journal, since: number): readonly string[] {
  const seen = new Set<string>();
  return journal
    .of(statusOf('secretreferences'), since)
    .filter(({ arrived, status = 0 }) => arrived && status < 300)
    .flatMap(({ call, body }) => {
      const token = Patch.parse(JSON.parse(body)).status.rotation?.lastHandled;
      if (token === undefined) return [];
      const id = `${call.namespace}/${call.name} ${token}`;
      const twice = seen.has(id);
      seen.add(id);
      return twice ? [`${id} was answered twice`] : [];
    });
}
