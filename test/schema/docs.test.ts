import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { defineKind } from '../../src/schema/define-kind.ts';
import { kindDocs } from '../../src/schema/docs.ts';
import { withRules } from '../../src/schema/rule.ts';

const noDots = { cel: "!self.contains('.')", message: 'must not have a dot' };
const docs = kindDocs(
  defineKind({
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: ['th'],
    categories: [],
    scope: 'Cluster',
    description: 'A thing.',
    spec: z.object({
      name: withRules(z.string().min(1).max(9), noDots).meta({ description: 'Its name.' }),
      choice: z.enum(['A', 'B']).default('A').meta({ description: 'A | B.' }),
      list: z
        .array(z.object({ key: z.string().meta({ description: 'Its key.' }) }))
        .max(4)
        .default([])
        .meta({ description: 'Some keys.' }),
      words: z.array(z.string().max(5)).max(4).default([]).meta({ description: 'Some words.' }),
      map: z.record(z.string(), z.string().max(63)).default({}).meta({ description: 'Some names.' }),
    }),
    status: z.object({ at: z.string().meta({ format: 'date-time', description: 'When.' }) }),
    columns: [{ name: 'At', type: 'date', jsonPath: '.status.at', description: 'When.', wide: true }],
    selectableFields: ['.spec.choice'],
  }),
);

test.each([
  '| `example.com/v1` | Cluster | `things`, `th` | `.spec.choice` |',
  '| `name` | string | required | Its name. 1 to 9 characters. Must not have a dot. |',
  '| `choice` | `A`, `B` | `A` | A \\| B. |',
  '| `list` | list of object |  | Some keys. At most 4 entries. |',
  '| `list[].key` | string | required | Its key. |',
  '| `words` | list of string |  | Some words. At most 4 entries, each at most 5 characters. |',
  '| `map` | map of string |  | Some names. Each at most 63 characters. |',
  '| `at` | time | required | When. |',
  '| AT | When. Only with `-o wide`. |',
])('the docs have the line: %s', line => {
  expect(docs.split('\n')).toContain(line);
});
