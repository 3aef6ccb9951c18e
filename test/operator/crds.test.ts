import { describe, expect, test } from '@jest/globals';
import { kinds } from '../../src/api/kinds.ts';
import type { Answer } from '../../src/kube/http.ts';
import { awaitCrds, type CrdMismatch } from '../../src/operator/crds.ts';
import { objectSchema } from '../../src/schema/crd.ts';

type Published = Record<string, { properties: Record<string, { properties: Record<string, unknown> }> }>;

/** What an API server publishes once the CustomResourceDefinitions of this version are there, but for a change. */
function published(change: (schemas: Published) => void = () => undefined): Answer {
  const names = kinds.map(kind => [`dev.shearline.v1alpha1.${kind.kind}`, objectSchema(kind)]);
  const schemas = JSON.parse(JSON.stringify(Object.fromEntries(names)));
  change(schemas);
  return { kind: 'answered', status: 200, body: { components: { schemas } } };
}

const refusedWith = (status: number): Answer => ({ kind: 'answered', status, body: {} });
const reference = 'dev.shearline.v1alpha1.SecretReference';
const without = (schemas: Published): void =>
  void delete schemas[reference]?.properties.spec?.properties.refreshInterval;
const withMore = (schemas: Published): void =>
  void Object.assign(schemas[reference]?.properties.spec?.properties ?? {}, { strategy: { type: 'object' } });

/** Plays these answers, the last one again and again until the signal ends. */
async function waiting(...answers: readonly Answer[]) {
  const stop = new AbortController();
  const found: (CrdMismatch | 'no-answer' | undefined)[] = [];
  const paths = new Set<string>();
  let asked = 0;
  const call = async ({ path }: { readonly path: string }) => {
    paths.add(path);
    const answer = answers[asked++];
    if (answer === undefined) stop.abort();
    return answer ?? { kind: 'no-response' as const };
  };
  const went = await awaitCrds({ call, random: () => 0, found: misfit => found.push(misfit) }, stop.signal);
  return { went, found, paths: [...paths], asked };
}

describe('the operator begins', () => {
  test('when the cluster has the CustomResourceDefinitions of this version', async () => {
    const path = '/openapi/v3/apis/shearline.dev/v1alpha1';
    expect(await waiting(published())).toEqual({ went: true, found: [], paths: [path], asked: 1 });
  });

  test.each([401, 403])('when it may not read what they are (%i), for lists will tell', async status => {
    expect(await waiting(refusedWith(status))).toMatchObject({ went: true, found: [] });
  });

  test('by itself, once they are right, and says what was wrong once', async () => {
    const { went, found } = await waiting(
      { kind: 'no-response' },
      refusedWith(503),
      refusedWith(404),
      refusedWith(404),
      published(without),
      published(),
    );
    expect(went).toBe(true);
    expect(found).toEqual([
      'no-answer',
      { missing: kinds.map(({ kind }) => kind), older: [], newer: [] },
      { missing: [], older: ['SecretReference spec.refreshInterval'], newer: [] },
      undefined,
    ]);
  });
});

describe('the operator waits, and says which field or kind it is', () => {
  test.each<[string, Answer, CrdMismatch]>([
    ['older ones', published(without), { missing: [], older: ['SecretReference spec.refreshInterval'], newer: [] }],
    ['newer ones', published(withMore), { missing: [], older: [], newer: ['SecretReference spec.strategy'] }],
    [
      'one that is missing',
      published(schemas => void delete schemas['dev.shearline.v1alpha1.SecretSource']),
      { missing: ['SecretSource'], older: [], newer: [] },
    ],
  ])('%s', async (_, answer, misfit) => {
    expect(await waiting(answer)).toMatchObject({ went: false, found: [misfit] });
  });

  test.each<[string, Answer]>([
    ['an API server that does not answer', { kind: 'no-response' }],
    ['one that is starting', refusedWith(503)],
  ])('for %s', async (_, answer) => {
    expect(await waiting(answer)).toMatchObject({ went: false, found: ['no-answer'] });
  });
});
