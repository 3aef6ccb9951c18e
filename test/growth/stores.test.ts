import { describe, expect, test } from '@jest/globals';
import { providers } from '../../src/providers/index.ts';
import { superlinear } from './growth.ts';
import { hostileAnswers } from './hostile.ts';
import { json, stores, visit } from './stores.ts';

/** No answer of a store, nor of whoever answers in its place, may hold the event loop: through all that reads it, SDKs too. */

/** Their values are the user's own, and nobody answers in their place. */
const answersItself = ['fake', 'local'];

test('every store is here', () => {
  const here = Object.values(stores).flatMap(({ spec }) => Object.keys(spec));
  const called = providers.map(({ name }) => name).filter(name => !answersItself.includes(name));
  expect([...new Set(here)].toSorted()).toEqual(called.toSorted());
});

describe.each(Object.entries(stores))('%s takes time in proportion to an answer:', (_, store) => {
  test.each(hostileAnswers)('%s', async (_name, text) => {
    for (const status of [200, 404]) {
      const run = (body: string) => visit(store, json(body, status));
      expect([status, await superlinear(run, text)]).toEqual([status, undefined]);
    }
  });
});
