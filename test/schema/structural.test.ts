import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { withRules } from '../../src/schema/rule.ts';
import { structural } from '../../src/schema/structural.ts';

describe('a field becomes what a CRD can hold', () => {
  const rule = { cel: "self != 'x'", message: 'must not be x' };
  const table: readonly [string, z.ZodType, unknown][] = [
    [
      'a bounded string with a pattern',
      z.string().min(1).max(9).regex(/^a+$/, { error: 'must be a' }),
      { type: 'string', minLength: 1, maxLength: 9, pattern: '^a+$' },
    ],
    ['a whole number without the bound of JavaScript', z.int().min(0), { type: 'integer', minimum: 0 }],
    ['a choice of words', z.enum(['A', 'B']).default('A'), { type: 'string', enum: ['A', 'B'], default: 'A' }],
    ['a choice of numbers', z.literal([1, 2]), { type: 'integer', enum: [1, 2] }],
    ['only true', z.literal(true), { type: 'boolean', enum: [true] }],
    [
      'optional and default fields are not required',
      z.object({ a: z.string(), b: z.string().exactOptional(), c: z.boolean().default(false) }),
      {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'boolean', default: false } },
      },
    ],
    [
      'an object of defaults keeps its own, because theirs hang on it',
      z.object({ a: z.enum(['A']).default('A') }).prefault({}),
      { type: 'object', default: {}, properties: { a: { type: 'string', enum: ['A'], default: 'A' } } },
    ],
    ['an empty list is no default', z.array(z.string()).default([]), { type: 'array', items: { type: 'string' } }],
    [
      'a map without a default and without a schema for its names',
      z.record(z.string().max(3), z.string()).default({}),
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    [
      'rules and the words of Kubernetes',
      withRules(z.array(z.string()).meta({ 'x-kubernetes-list-type': 'set' }), rule).meta({ description: 'Words.' }),
      {
        type: 'array',
        description: 'Words.',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'set',
        'x-kubernetes-validations': [{ rule: rule.cel, message: rule.message }],
      },
    ],
    [
      'text that is parsed to a number stays text',
      z.string().max(9).transform(Number),
      { type: 'string', maxLength: 9 },
    ],
  ];
  test.each(table)('%s', (_name, schema, expected) => {
    expect(structural(schema)).toEqual(expected);
  });
});

describe('what a CRD cannot hold is found when it is generated', () => {
  const table: readonly [string, z.ZodType][] = [
    ['a choice of shapes', z.object({ a: z.union([z.string(), z.object({})]) })],
    ['null', z.object({ a: z.string().nullable() })],
    ['a field of any type', z.object({ a: z.unknown() })],
    ['two patterns for one string', z.object({ a: z.string().regex(/a/).regex(/b/) })],
  ];
  test.each(table)('%s', (_name, schema) => {
    expect(() => structural(schema)).toThrow(/structural schema/);
  });
});
