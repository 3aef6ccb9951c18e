import { describe, expect, test } from '@jest/globals';
import type { JsonNode } from '../../src/core/json.ts';
import { maxJsonDepth, maxJsonNodes, maxJsonSize, parseJson } from '../../src/core/json.ts';

const canary = 'CANARY-7f3a';

function parsed(text: string): JsonNode {
  const result = parseJson(text);
  if (!result.ok) throw new Error(`fault: ${result.fault}`);
  return result.value;
}

function member(node: JsonNode, name: string): JsonNode {
  const found = node.kind === 'object' ? node.members.get(name) : undefined;
  if (!found) throw new Error(`no member ${name}`);
  return found;
}

describe('a value keeps its own slice of the text', () => {
  test.each([
    ['12345678901234567890'],
    ['1.0'],
    ['-0'],
    ['1E400'],
    ['true'],
    ['null'],
    ['[1, 2 ,3]'],
    ['{ "b" : 1,\n "a":[ ] }'],
    ['{}'],
    ['"\\u0041"'],
    ['"a\\"}b"'],
  ])('%s', source => {
    expect(member(parsed(`\t{"x" : ${source}\r\n}`), 'x').source).toBe(source);
  });
});

describe('a string is decoded', () => {
  test.each([
    ['"plain"', 'plain'],
    ['""', ''],
    ['"a\\r\\nb\\n"', 'a\r\nb\n'],
    ['"\\u00e9\\ud83d\\ude00/\\/"', 'é😀//'],
    ['"\\\\"', '\\'],
    ['"\u2028"', '\u2028'],
  ])('%s', (source, text) => {
    expect(member(parsed(`{"x":${source}}`), 'x')).toMatchObject({ kind: 'string', source, text });
  });
});

test('keeps the order of keys, also of those that look like numbers, and takes __proto__ for a plain key', () => {
  const node = parsed('{"2":1,"1":2,"__proto__":{"constructor":3},"":4}');
  expect(node.kind === 'object' && [...node.members.keys()]).toEqual(['2', '1', '__proto__', '']);
  expect(member(member(node, '__proto__'), 'constructor').source).toBe('3');
});

describe('a duplicate key is refused at any depth', () => {
  test.each([['{"a":1,"a":1}'], ['{"x":{"a":1,"a":2}}'], ['[[{"a":1,"b":2,"a":1}]]'], ['{"a":1,"\\u0061":2}']])(
    '%s',
    text => expect(parseJson(text)).toEqual({ ok: false, fault: 'duplicate-key' }),
  );
});

describe('what is not JSON is refused with a word that quotes nothing', () => {
  test.each([
    [''],
    [' '],
    ['{'],
    ['{"a":1,}'],
    ['[1,,2]'],
    ['01'],
    ['NaN'],
    ['1 2'],
    [`"${canary}`],
    [`${canary}`],
    ['"\u0001"'],
    ['"\\x41"'],
    ['{"a" 1}'],
    ["{'a':1}"],
    ['\ufeff{}'],
    ['<html>'],
  ])('%j', text => expect(parseJson(text)).toEqual({ ok: false, fault: 'malformed' }));
});

describe('half of a character, which only an escape can write, is refused: it could not arrive as it was sent', () => {
  test.each([['"\\ud800"'], ['{"\\udc00":1}'], ['{"a":["\\ud83dx"]}']])('%s', text =>
    expect(parseJson(text)).toEqual({ ok: false, fault: 'half-character' }),
  );
});

describe('bounds hold before anything recursive sees the text', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  test('the deepest allowed nesting is read', () => expect(parseJson(nested(maxJsonDepth)).ok).toBe(true));
  test.each([[nested(maxJsonDepth + 1)], [nested(1_000_000)], ['{"a":'.repeat(400_000)], ['['.repeat(2_000_000)]])(
    'too deep (%#)',
    text => expect(parseJson(text)).toEqual({ ok: false, fault: 'too-deep' }),
  );
  test('brackets inside of strings do not count', () => {
    expect(parseJson(`{"a":"${'['.repeat(200)}\\"${'{'.repeat(200)}"}`).ok).toBe(true);
  });
  test.each([
    ['numbers', (count: number) => `[${'1,'.repeat(count - 2)}1]`],
    ['members', (count: number) => `{${Array.from({ length: count - 1 }, (_, i) => `"${i}":1`)}}`],
    ['objects', (count: number) => `[${'{"a":1},'.repeat((count - 4) / 2)}{}]`],
  ])('the most allowed %s are read, and no more', (_, make) => {
    expect(parseJson(make(maxJsonNodes)).ok).toBe(true);
    expect(parseJson(make(maxJsonNodes + 2))).toEqual({ ok: false, fault: 'too-many-nodes' });
  });
  test('commas and brackets inside of strings do not count', () => {
    expect(parseJson(`{"a":"${',[{'.repeat(maxJsonNodes)}"}`).ok).toBe(true);
  });
  test('too large', () => {
    expect(parseJson(`"${'x'.repeat(maxJsonSize)}"`)).toEqual({ ok: false, fault: 'too-large' });
  });
});

test('a container is read without what it holds, and each of its entries from its own place', () => {
  const node = parsed('{"a":[{"b":[1,[2,{"c":3}]]},[],{}],"d":{"e":"f","g":{}},"h":[[],[[4]]]}');
  const items = (from: JsonNode, name: string) => {
    const found = member(from, name);
    return found.kind === 'array' ? found.items.map(({ source }) => source) : [];
  };
  expect(items(node, 'a')).toEqual(['{"b":[1,[2,{"c":3}]]}', '[]', '{}']);
  expect(items(node, 'h')).toEqual(['[]', '[[4]]']);
  expect(member(member(node, 'd'), 'g').source).toBe('{}');
});
