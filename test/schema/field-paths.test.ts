import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { kinds } from '../../src/api/kinds.ts';
import { objectSchema } from '../../src/schema/crd.ts';
import { fieldPaths, publishedPaths } from '../../src/schema/field-paths.ts';

describe.each(kinds)('$kind', kind => {
  test('has the same fields in its definition and in its CRD', () => {
    const { spec, status } = objectSchema(kind).properties ?? {};
    expect(fieldPaths(kind.spec, 'spec').toSorted()).toEqual(publishedPaths(spec, 'spec').toSorted());
    expect(fieldPaths(kind.status, 'status').toSorted()).toEqual(publishedPaths(status, 'status').toSorted());
    expect(fieldPaths(kind.spec, 'spec').length).toBeGreaterThan(10);
  });
});

test('the path of a field leads through lists, maps and whatever a definition is wrapped in', () => {
  const definition = z.object({
    list: z.array(z.object({ a: z.string().optional() })).default([]),
    map: z.record(z.string(), z.object({ b: z.number().nullable() })).exactOptional(),
    read: z.string().transform(text => text.length),
  });
  const paths = ['spec.list', 'spec.list[].a', 'spec.map', 'spec.map.*.b', 'spec.read'];
  expect(fieldPaths(definition, 'spec')).toEqual(paths);
});
