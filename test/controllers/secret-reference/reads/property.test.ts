import { describe, expect, jest, test } from '@jest/globals';
import { extractAll, selectProperty } from '../../../../src/controllers/secret-reference/reads/property.ts';
import { SecretValue } from '../../../../src/core/secret-value.ts';

const canary = 'CANARY-7f3a';
const where = 'etl/warehouse';
const value = (text: string) => SecretValue.fromText(text);

function selected(text: string, property: string): string | undefined {
  const result = selectProperty(value(text), property, where);
  return result.ok ? result.value.revealText() : `${result.fault.kind}/${result.fault.reason}`;
}

test('without a property the value is handed on as it is, bytes and all', () => {
  const bytes = new SecretValue(Uint8Array.from([0, 255, 13, 10]));
  expect(selectProperty(bytes, undefined, where)).toEqual({ ok: true, value: bytes });
});

describe('a property arrives exactly', () => {
  test.each([
    ['text', '{"a":"x"}', 'a', 'x'],
    ['an empty text', '{"a":""}', 'a', ''],
    ['lines with CRLF and a trailing newline', '{"a":"x\\r\\ny\\n"}', 'a', 'x\r\ny\n'],
    ['a number of 64 bits', '{"a":12345678901234567890}', 'a', '12345678901234567890'],
    ['1.0', '{"a": 1.0 }', 'a', '1.0'],
    ['a nested object with its spaces', '{"a":{ "b" : 1e3 }}', 'a', '{ "b" : 1e3 }'],
    ['the four letters of null, which are text', '{"a":"null"}', 'a', 'null'],
    ['the path where the name with dots is null', '{"a.b":null,"a":{"b":"path"}}', 'a.b', 'path'],
    ['null within what is taken whole', '{"a":{"b":null}}', 'a', '{"b":null}'],
    ['a path', '{"a":{"b":{"c":"x"}}}', 'a.b.c', 'x'],
    ['a list item', '{"a":[{"b":"x"},{"b":"y"}]}', 'a.1.b', 'y'],
    ['a name with dots before a path', '{"a.b":"name","a":{"b":"path"}}', 'a.b', 'name'],
    ['a name with dots inside of a path', '{"a":{"b.c":"name","b":{"c":"path"}}}', 'a.b.c', 'name'],
    ['a name with dots that leads on', '{"tls.crt":{"pem":"x"},"tls":{"crt":1}}', 'tls.crt.pem', 'x'],
    ['the path where the longer name leads nowhere', '{"a.b":{"x":1},"a":{"b":{"c":"path"}}}', 'a.b.c', 'path'],
    ['__proto__, a plain name', '{"__proto__":"x"}', '__proto__', 'x'],
  ])('%s', (_, text, property, expected) => expect(selected(text, property)).toBe(expected));
});

describe('a property that is not there is absent', () => {
  test.each([
    ['{"a":null}', 'a'],
    ['{"a":{"b":null}}', 'a.b'],
    ['{"a":null}', 'a.b'],
    ['{"a":[null]}', 'a.0'],
    ['{"a":1}', 'b'],
    ['{"a":1}', 'toString'],
    ['{"a":1}', '__proto__'],
    ['{"a":"x"}', 'a.length'],
    ['{"a":[1]}', 'a.1'],
    ['{"a":[1]}', 'a.01'],
    ['{"a":{"b":1}}', 'a..b'],
    ['{"a":{"b":1}}', '.a'],
    ['{}', '.'],
  ])('%s %s', (text, property) => expect(selected(text, property)).toBe('absent/PropertyNotFound'));
});

describe('a value without properties is unusable', () => {
  test.each([[canary], [`"${canary}"`], ['123'], ['{"a":1,"a":2}'], ['['.repeat(100) + ']'.repeat(100)], ['']])(
    '%s',
    text => expect(selected(text, 'a')).toBe('unusable/ValueNotUsable'),
  );
  test('more values than are read', () => {
    const result = selectProperty(value(`[${'{},'.repeat(349_524)}{}]`), '0', where);
    const message = 'etl/warehouse is JSON of more than 20000 values';
    expect(result).toEqual({ ok: false, fault: { kind: 'unusable', reason: 'ValueNotUsable', message } });
  });
  test('bytes that are not text', () => {
    const result = selectProperty(new SecretValue(Uint8Array.from([255, 254])), 'a', where);
    expect(result).toMatchObject({ ok: false, fault: { kind: 'unusable' } });
  });
});

test('the message names key and property, and nothing of the value', () => {
  const result = selectProperty(value(`{"x":"${canary}","${canary}":1}`), 'password', where);
  expect(result).toEqual({
    ok: false,
    fault: { kind: 'absent', reason: 'PropertyNotFound', message: 'etl/warehouse has no property "password"' },
  });
});

describe('extract', () => {
  test('takes every top-level property, in order', () => {
    const result = extractAll(value('{"2":"b","1":{"x":1.0},"__proto__":"c"}'), where);
    const pairs = result.ok ? [...result.value].map(([name, secret]) => [name, secret.revealText()]) : [];
    expect(pairs).toEqual([
      ['2', 'b'],
      ['1', '{"x":1.0}'],
      ['__proto__', 'c'],
    ]);
  });

  test('leaves out what is null', () => {
    const result = extractAll(value('{"a":null,"b":"null","c":{"d":null}}'), where);
    const pairs = result.ok ? [...result.value].map(([name, secret]) => [name, secret.revealText()]) : [];
    expect(pairs).toEqual([
      ['b', 'null'],
      ['c', '{"d":null}'],
    ]);
  });

  test.each([[`[1,"${canary}"]`], ['"a"'], [canary]])('refuses %s', text => {
    const result = extractAll(value(text), where);
    expect(result).toMatchObject({ ok: false, fault: { kind: 'unusable', reason: 'ValueNotUsable' } });
    expect(JSON.stringify(result)).not.toContain(canary);
  });

  test('reads 4,000 properties one by one and parses once', () => {
    const names = Array.from({ length: 4000 }, (_, i) => `k${i}`);
    const large = value(JSON.stringify(Object.fromEntries(names.map(name => [name, 'x'.repeat(200)]))));
    const parse = jest.spyOn(JSON, 'parse');
    expect(names.filter(name => !selectProperty(large, name, where).ok)).toEqual([]);
    expect(parse).toHaveBeenCalledTimes(1);
    parse.mockRestore();
  });
});
