import { describe, expect, test } from '@jest/globals';
import { checkTemplate } from '../../src/template/parse.ts';
import { renderTemplate, replaceInKeys, rewriteKeys } from '../../src/template/task.ts';
import { input, rendered, show, text } from './render.ts';

const canary = 'cAnArY-4711';
const at = 'spec.target.template.data[k]: line 1, column';

describe('a template is text with CEL in it:', () => {
  test.each<[template: string, output: string]>([
    ['', ''],
    ['no expression, $5 and $HOME', 'no expression, $5 and $HOME'],
    ['$(user):$(port)', 'etl:5432'],
    ['a$(user)', 'aetl'],
    ['$$(user) $$$(user) $', '$(user) $$(user) $'],
    ['$(")" + "\\")" + r"\\d" + \'(\')', ')")\\d('],
    ['$("""a"b)""")', 'a"b)'],
    ['$(user // the ) of nobody\n)', 'etl'],
    ['$((1 + 2) * 3)', '9'],
    ['$(1.5) $(true)', '1.5 true'],
    ['$([1, "a", {"b": null}])', '[1,"a",{"b":null}]'],
    ['$({"constructor": 1, "__proto__": 2, "2": 3, "1": 4})', '{"constructor":1,"__proto__":2,"2":3,"1":4}'],
    ['$(data["tls.crt"]) $(data.user) $(size(data))', 'PEM etl 9'],
    ['$(type) $(json) $(v_user)', 'postgres x y'],
    ['$(json.decode(json.encode([user]))[0])', 'etl'],
    ['$(["a", "b"].map(user, user + user).join())', 'aabb'],
    ['$(cel.bind(x, user, x + ":" + x))', 'etl:etl'],
    ['$(has(data.nope) ? data.nope : "none")', 'none'],
    ['$(reference.namespace)/$(reference.name) $(reference.labels.team)', 'etl/warehouse etl'],
    ['$(data.filter(k, k.startsWith("u")).join())', 'useruid'],
    ['$(bytes("a") + bytes("b"))', 'ab'],
    ['$([1] + [2, 3])', '[1,2,3]'],
    [
      '$(json.encode(json.decode("{\\"a\\": 1.10, \\"b\\": 1e400, \\"c\\": 9007199254740993}")))',
      '{"a":1.10,"b":1e400,"c":9007199254740993}',
    ],
  ])('%s', async (template, output) => {
    const values = {
      user: 'etl',
      port: '5432',
      'tls.crt': 'PEM',
      type: 'postgres',
      json: 'x',
      v_user: 'y',
      data: '1',
      uid: '2',
      b: '3',
    };
    expect(await show(template, values)).toEqual({ ok: true, value: output });
  });
});

test('one expression may give bytes, and they stay as they are', async () => {
  const bytes = Buffer.from([0, 255, 10]);
  const result = await rendered(input({ a: '$(key)', b: '$(base64.encode(key))' }, { key: bytes }));
  expect(result.ok && new Map(result.value.data)).toEqual(
    new Map([
      ['a', bytes],
      ['b', Buffer.from('AP8K')],
    ]),
  );
});

test('a character that JavaScript writes as two is one', async () => {
  expect(await text('$(v.split("").join("-"))', { v: 'a𝕏b' })).toBe('a-𝕏-b');
});

test('labels and annotations are text', async () => {
  const given = input(
    {},
    { key: Buffer.from([255]) },
    { labels: { a: '$(reference.name)' }, annotations: { b: 'x$(1)' } },
  );
  expect(await rendered(given)).toEqual({
    ok: true,
    value: { data: new Map(), labels: { a: 'warehouse' }, annotations: { b: 'x1' } },
  });
  expect(await rendered({ ...given, labels: { a: '$(key)' } })).toEqual({
    ok: false,
    fault: 'spec.target.template.labels[a]: gives bytes that are no text',
  });
});

describe('what is wrong is said, with its place, and no value:', () => {
  const kinds =
    'an operator or a function does not take values of these kinds: string(x), int(x) and double(x) convert';
  test.each<[template: string, fault: string]>([
    [
      'a\n  $(user',
      'spec.target.template.data[k]: line 2, column 3: $( has no ) that closes it; for the text $( write $$(',
    ],
    ['$(")', `${at} 1: $( has no ) that closes it; for the text $( write $$(`],
    ['x\n$(usr)', 'spec.target.template.data[k]: line 2, column 3: "usr" is not known here: did you mean user?'],
    ['$(reference.uid)', `${at} 3: there is no "uid" in it`],
    ['$(context)', `${at} 3: "context" is not known here`],
    ['$(v_user)', `${at} 3: "v_user" is not known here: did you mean user?`],
    ['$(f_upper(user))', `${at} 3: there is no function "f_upper": did you mean upper?`],
    ['$(base64)', `${at} 3: "base64" is a group of functions, not a value`],
    ['$(base64.decod(user))', `${at} 3: there is no function "base64.decod": did you mean base64.decode?`],
    ['$(user.constructor)', `${at} 3: there is no "constructor" in it`],
    ['$(user.__proto__)', `${at} 3: there is no "__proto__" in it`],
    ['$(data["constructor"])', `${at} 3: there is no such key`],
    ['$(data[password])', `${at} 3: there is no such key`],
    ['$(user.constructor("x"))', `${at} 3: there is no function "constructor"`],
    ['$(bytes(user).json())', `${at} 3: there is no function "json": did you mean join?`],
    ['$(namespace)', `${at} 3: "namespace" is a word of CEL's own: write data["namespace"]`],
    ['$(user +)', `${at} 9: this is no CEL expression`],
    ['$(user password)', `${at} 8: this is no CEL expression`],
    ['$()', `${at} 3: this is no CEL expression`],
    ['$("\\q")', `${at} 4: a string has an unknown escape: for a backslash write \\\\`],
    [
      '$(password + 1)',
      `${at} 3: + takes two of the same kind, not text and a number: string(x), int(x), bytes(x) convert`,
    ],
    ['$(password - 1)', `${at} 3: ${kinds}`],
    ['$(int(password))', `${at} 3: int: the value is no whole number of 64 bits`],
    ['$(bool(password))', `${at} 3: a text is not of the form that the conversion needs`],
    ['$(password ? 1 : 2)', `${at} 3: a condition is neither true nor false`],
    ['$(upper(data))', `${at} 3: upper: text is a map, not text`],
    ['$(upper())', `${at} 3: the function upper takes (text)`],
    ['$(1 / 0)', `${at} 3: a division by zero`],
    ['$(9223372036854775807 + 1)', `${at} 3: a number is too large`],
    ['$([1][5])', `${at} 3: an index is beyond the end of its list`],
    ['$(user.substring(9))', `${at} 3: a position is beyond the end of its text`],
    ['$(tls.crt)', `${at} 3: "tls" is not known here: the value of the key "tls.crt" is data["tls.crt"]`],
    ['$(a-conn)', `${at} 3: "a" is not known here: the value of the key "a-conn" is data["a-conn"]`],
    ['$(null)', `${at} 3: the expression gives null: use has(a.b) ? a.b : "…" for what may not be there`],
    ['x$(raw)', `${at} 4: the result of the expression is bytes that are no text: use base64.encode or hex.encode`],
    ['$([raw])', `${at} 3: JSON cannot hold bytes that are no text: use base64.encode`],
    ['$(base64.decode(password))', `${at} 3: base64.decode: text is no base64`],
    ['$(json.decode(password))', `${at} 3: json.decode: text is no JSON`],
    ['$(hex.decode(password))', `${at} 3: hex.decode: text is not made of pairs of hexadecimal digits`],
    [
      '$(matches(user, password))',
      `${at} 3: matches: the expression cannot be used: it is no regular expression that RE2 takes`,
    ],
    ['$("%d".format([password]))', `${at} 3: format: %d takes a whole number, not text`],
    ['$(data.?user)', `${at} 8: this is no CEL expression`],
    [
      '$([1].map(1, 2))',
      `${at} 11: has() takes a field, such as has(data.port), and a comprehension the name of a variable`,
    ],
  ])('%s', async (template, fault) => {
    const result = await show(template, {
      user: 'etl',
      password: `(${canary}`,
      raw: Buffer.from([255]),
      'tls.crt': 'x',
      'a-conn': 'x',
    });
    expect(result).toEqual({ ok: false, fault });
    expect(JSON.stringify(result)).not.toContain(canary);
  });
});

test('4,000 values and 1,000 expressions are no reason to end a template', async () => {
  const values = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`key_${index}`, 'v']));
  const given = input({ k: '$(key_7)'.repeat(1000) }, values);
  const render = await renderTemplate.load(given);
  const before = process.threadCpuUsage();
  expect(render(given).ok).toBe(true);
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(250);
});

describe('what would be too large ends with a message:', () => {
  const big = 'x'.repeat(1_000_000);
  const manyKeys = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`key_${index}`, 'v']));
  test.each<[name: string, template: string, values: Record<string, string>, fault: RegExp]>([
    ['64 KiB of template', 'x'.repeat(70_000), {}, /longer than 64 KiB together/],
    ['a thousand expressions', '$(1)x'.repeat(1100), {}, /has more than 1000 expressions/],
    ['an expression that is nested', `$(${'('.repeat(200)}1${')'.repeat(200)})`, {}, /too large, or nested too deeply/],
    ['a chain of a thousand terms', `$(${'1-'.repeat(1500)}1)`, {}, /too large, or nested too deeply/],
    ['more than a Secret holds', '$(v)$(v)', { v: big }, /more than a Secret can hold/],
    [
      'text that doubles',
      '$(cel.bind(a, v + v, cel.bind(b, a + a, b + b)))',
      { v: big },
      /the result of \+ is too large/,
    ],
    ['a list that is joined', '$([v, v, v].join())', { v: big }, /join: the result is too large/],
    [
      'a text that is replaced by a longer one',
      '$("xxx".replace("x", v))',
      { v: big },
      /replace: the result is too large/,
    ],
    [
      'a text that is replaced often',
      '$(v.replace("x", "y"))',
      { v: big },
      /replace: old is found more than 100000 times/,
    ],
    [
      'functions of large values, called again and again',
      `$(${'[1,2,3,4,5,6,7,8]'}.map(x, bytes(v)).size())`,
      { v: big },
      /read and write more than 8 MiB/,
    ],
    ['a text in its letters', '$(v.split(""))', { v: big }, /split: it has more than 20000 parts/],
    ['a format', '$("%s%s%s".format([v, v, v]))', { v: big }, /format: the result is too large/],
    ['JSON of many', '$(data.map(k, v))', { ...manyKeys, v: big }, /too large/],
  ])('%s', async (_, template, values, fault) => {
    expect(await show(template, values)).toEqual({ ok: false, fault: expect.stringMatching(fault) });
  });
});

test('4,000 keys are rendered', async () => {
  const values = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`key_${index}`, 'v'.repeat(250)]));
  expect(JSON.parse(await text('$(data)', values))).toEqual(values);
});

test('a chain of a thousand terms is no deep one', async () => {
  expect(await text(`$(${'1+'.repeat(900)}1)`)).toBe('901');
});

test('a template is checked without being computed', () => {
  expect(checkTemplate('$(a) $$( $(b(")"))')).toEqual({ ok: true, value: undefined });
  expect(checkTemplate('a $(b')).toMatchObject({ ok: false, fault: expect.stringMatching(/^line 1, column 3: /) });
});

describe('keys are rewritten', () => {
  test('by an expression over key', async () => {
    const given = { expression: 'key.replace("-", "_").upperAscii()', keys: ['a-b', 'c'] };
    expect((await rewriteKeys.load(given))(given)).toEqual({ ok: true, value: ['A_B', 'C'] });
    const wrong = { expression: 'size(key)', keys: ['a'] };
    expect((await rewriteKeys.load(wrong))(wrong)).toEqual({
      ok: false,
      fault: 'the expression gives a number, not text',
    });
    const unknown = { expression: 'data', keys: ['a'] };
    expect((await rewriteKeys.load(unknown))(unknown)).toEqual({ ok: false, fault: '"data" is not known here' });
  });

  test('by RE2, with its groups', async () => {
    const given = { match: '^(etl)[/-](.*)$', replace: '$2_$1', keys: ['etl/db', 'x'] };
    const replace = await replaceInKeys.load(given);
    expect(replace(given)).toEqual({ ok: true, value: ['db_etl', 'x'] });
    expect(replace({ ...given, match: '(' })).toEqual({
      ok: false,
      fault: 'it is no regular expression that RE2 takes',
    });
    expect(replace({ ...given, replace: '$3' })).toMatchObject({
      ok: false,
      fault: expect.stringMatching(/^its replacement names the group \$3/),
    });
    expect(replace({ ...given, match: 'a{101}' })).toMatchObject({
      ok: false,
      fault: expect.stringMatching(/^its counted repeats/),
    });
  });
});
