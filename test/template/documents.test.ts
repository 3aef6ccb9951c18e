import { describe, expect, test } from '@jest/globals';
import { show, text } from './render.ts';

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${[...'bcdefgh'].map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]}, `.repeat(9)}]`).join('\n')}`;
const canary = 'cAnArY';

describe('YAML and TOML are read exactly:', () => {
  test.each<[template: string, document: string, output: string]>([
    [
      '$(yaml.decode(d))',
      'a: 9007199254740993\nb: 1.10\nc: 123456789012345678901234567890\nd: 0x1F\ne: ~\nf: no\ng: "5"',
      '{"a":9007199254740993,"b":1.10,"c":123456789012345678901234567890,"d":31,"e":null,"f":"no","g":"5"}',
    ],
    ['$(yaml.decode(d))', 'a: &x {k: 1}\nb: *x\nc: [*x, *x]', '{"a":{"k":1},"b":{"k":1},"c":[{"k":1},{"k":1}]}'],
    ['$(yaml.decode(d))', '__proto__: 1\nconstructor: 2', '{"__proto__":1,"constructor":2}'],
    [
      '$(yaml.encode(yaml.decode(d)))',
      'a: 1.10\nb: 123456789012345678901234567890\n',
      'a: 1.10\nb: 123456789012345678901234567890\n',
    ],
    [
      '$(toml.decode(d))',
      'a = 9007199254740993\nb = 1.5\nc = 2026-01-01T00:00:00Z\n[__proto__]\nx = 1',
      '{"a":9007199254740993,"b":1.5,"c":"2026-01-01T00:00:00.000Z","__proto__":{"x":1}}',
    ],
    [
      '$(toml.encode(json.decode(d)))',
      '{"a": 1, "b": 1.5, "__proto__": {"x": 2}, "c": 9007199254740993, "d": 1.0}',
      'a = 1\nb = 1.5\nc = 9007199254740993\nd = 1.0\n\n[__proto__]\nx = 2\n',
    ],
  ])('%s %j', async (template, d, output) => {
    expect(await text(template, { d })).toBe(output);
  });
});

describe('what cannot be is refused, and nothing of it is in the message:', () => {
  const values = 'yaml.decode: text is YAML of more than 64 levels or 20000 values';
  test.each<[name: string, template: string, document: string, fault: string]>([
    ['a bomb of aliases', '$(yaml.decode(d))', bomb, values],
    ['an alias of itself', '$(yaml.decode(d))', `&a [*a, ${canary}]`, values],
    ['deep YAML', '$(yaml.decode(d))', `${'['.repeat(100)}${']'.repeat(100)}`, values],
    ['very deep YAML', '$(yaml.decode(d))', '['.repeat(100_000), 'yaml.decode: text is no YAML, or has a key twice'],
    ['long YAML', '$(yaml.decode(d))', 'a'.repeat(300_000), 'yaml.decode: text is longer than 256 KiB'],
    [
      'a key twice',
      '$(yaml.decode(d))',
      `${canary}: 1\n${canary}: 2`,
      'yaml.decode: text is no YAML, or has a key twice',
    ],
    ['no YAML', '$(yaml.decode(d))', `"${canary}`, 'yaml.decode: text is no YAML, or has a key twice'],
    ['an unknown alias', '$(yaml.decode(d))', '*a', 'yaml.decode: text has an alias of nothing'],
    ['no TOML', '$(toml.decode(d))', `${canary} = `, 'toml.decode: text is no TOML'],
    ['deep TOML', '$(toml.decode(d))', `a = ${'['.repeat(100)}${']'.repeat(100)}`, 'toml.decode: text is no TOML'],
    ['null in TOML', '$(toml.encode({"a": null}))', '', 'toml.encode: TOML has no null'],
    [
      'a number that TOML has not',
      '$(toml.encode(json.decode(d)))',
      '{"a": 12345678901234567890}',
      'toml.encode: a number is too large for TOML',
    ],
    ['a list as TOML', '$(toml.encode([1]))', '', 'toml.encode: map is a list, not a map'],
    [
      'bytes in YAML',
      '$(yaml.encode({"a": base64.decode("/w==")}))',
      '',
      'the document cannot hold bytes that are no text: use base64.encode',
    ],
  ])('%s', async (_, template, d, fault) => {
    const result = await show(template, { d });
    expect(result).toEqual({ ok: false, fault: `spec.target.template.data[k]: line 1, column 3: ${fault}` });
  });
});
