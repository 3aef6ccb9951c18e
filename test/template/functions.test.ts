import { describe, expect, test } from '@jest/globals';
import { chapters, templateFunctions } from '../../src/template/functions/index.ts';
import { text } from './render.ts';

describe.each(chapters)('$title: the example of each function gives what it says:', ({ functions }) => {
  test.each(functions)('$name', async ({ example: [template, output] }) => {
    expect(await text(template)).toBe(output);
  });
});

test('a function that needs a library has its word in its name, by which the library is loaded', () => {
  const needing = templateFunctions.filter(({ needs }) => needs !== undefined);
  expect(needing.map(({ needs }) => needs)).toEqual(expect.arrayContaining(['matches', 'htpasswd', 'yaml', 'toml']));
  expect(needing.filter(({ name, needs = '' }) => !name.includes(needs))).toEqual([]);
});
