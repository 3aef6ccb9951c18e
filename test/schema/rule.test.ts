import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { exactlyOne, withRules } from '../../src/schema/rule.ts';

const noX = { cel: "self != 'x'", message: 'must not be x', holds: (text: string) => text !== 'x' };
const noY = { cel: "self != 'y'", message: 'must not be y', holds: (text: string) => text !== 'y' };

test('a rule holds in the parser, with the message that the API server shows', () => {
  const answer = withRules(z.string(), noX, noY).safeParse('y');
  expect(answer.error?.issues.map(({ message }) => message)).toEqual(['must not be y']);
});

test('rules that are added later leave the earlier ones in place', () => {
  const schema = withRules(withRules(z.string(), noX), noY);
  expect(schema.meta()).toEqual({
    'x-kubernetes-validations': [
      { rule: noX.cel, message: noX.message },
      { rule: noY.cel, message: noY.message },
    ],
  });
  expect(schema.safeParse('x').success).toBe(false);
});

test('a transition rule stands in the CRD only', () => {
  const schema = withRules(z.string(), { cel: 'self == oldSelf', message: 'stays' });
  expect(schema.safeParse('anything').success).toBe(true);
  expect(schema.meta()).toEqual({ 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'stays' }] });
});

test.each([
  [{}, false],
  [{ a: 1 }, true],
  [{ b: 1 }, true],
  [{ a: 1, b: 1 }, false],
])('exactly one of a and b: %j is %j', (value, holds) => {
  expect(exactlyOne('a', 'b').holds?.(value)).toBe(holds);
});
