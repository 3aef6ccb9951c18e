import { describe, expect, test } from '@jest/globals';
import {
  type AskingNamespace,
  deniedTest,
  keyTest,
  parseKeyPatterns,
} from '../../src/api/secret-source/allowed-keys.ts';
import { parseKeyPattern } from '../../src/api/secret-source/key-pattern.ts';

const etl: AskingNamespace = { name: 'etl', labels: { team: 'data', 'example.com/env': 'prod', empty: '' } };

function allows(pattern: string, key: string, asking = etl, prefixes: readonly string[] = []): boolean {
  const patterns = parseKeyPatterns([pattern]);
  return patterns.ok && keyTest(patterns.value, asking, prefixes)(key);
}

describe('a pattern allows', () => {
  test.each([
    ['etl/warehouse', 'etl/warehouse'],
    ['etl/*', 'etl/warehouse'],
    ['*/warehouse', 'etl/warehouse'],
    ['etl/w*e', 'etl/warehouse'],
    ['etl/w*', 'etl/w'],
    ['etl/*-*-x', 'etl/a-b-c-x'],
    ['**', 'etl'],
    ['**', 'etl/a/b/c'],
    ['etl/**', 'etl/a'],
    ['etl/**', 'etl/a/b/c'],
    ['**/password', 'a/b/password'],
    ['a/**/z', 'a/b/c/z'],
    ['**/x/**', 'a/x/x/b'],
    ['{namespace}/**', 'etl/a/b'],
    ['{namespace}_*', 'etl_db'],
    ['team-{namespace}_*/x', 'team-etl_1/x'],
    ['{namespace}.*', 'etl.db-1'],
    ['{labels.team}@*', 'data@db'],
    ['{labels.team}:{namespace}_*', 'data:etl_db'],
    ['**/{namespace}/*', 'a/b/etl/db'],
    ['{namespace}/**/db', 'etl/a/b/db'],
    // AWS has names with a "/" in front.
    ['etl/*', '/etl/db'],
    ['**', '/etl'],
    ['{labels.team}/*', 'data/db'],
    ['{labels.example.com/env}/{namespace}', 'prod/etl'],
    ['a.b/c+d', 'a.b/c+d'],
  ])('%s: %s', (pattern, key) => {
    expect(allows(pattern, key)).toBe(true);
  });
});

describe('a pattern does not allow', () => {
  test.each([
    ['etl/warehouse', 'etl/warehouse2'],
    ['etl/warehouse', 'etl'],
    ['etl', 'etl/warehouse'],
    ['etl/*', 'etl/a/b'],
    ['etl/*', 'etl'],
    ['etl/**', 'etl'],
    ['etl/**', 'etl2/a'],
    ['a/**/z', 'a/z'],
    ['**/password', 'password'],
    ['etl/w*e', 'etl/wa'],
    ['etl/ab*ba', 'etl/aba'],
    ['a.b', 'aXb'],
    ['{namespace}/**', 'web/a'],
    ['{namespace}/**', 'etl-evil/a'],
    ['{namespace}/**', '{namespace}/a'],
    ['{labels.team}/*', 'web/db'],
    ['*', ''],
    ['**', ''],
    ['**', 'etl//a'],
    ['**', 'etl/'],
    ['**', '/'],
    ['**', '//etl'],
    ['{namespace}/**', '//etl/a'],
    ['{namespace}_*', 'etl-prod_db'],
    ['{namespace}_*', 'etl'],
  ])('%s: "%s"', (pattern, key) => {
    expect(allows(pattern, key)).toBe(false);
  });

  test.each(['{labels.none}/*', '{labels.empty}/*', '{labels.toString}/*', '{labels.__proto__}/*'])(
    'anything by a label that the namespace does not have: %s',
    pattern => {
      expect(allows(pattern, 'x/y')).toBe(false);
      expect(allows(pattern, '/y')).toBe(false);
      expect(allows(pattern, 'undefined/y')).toBe(false);
    },
  );

  test('anything by a label, when labels may not be read', () => {
    const asking: AskingNamespace = { name: 'etl', labels: undefined };
    expect(allows('{labels.team}/*', 'data/db', asking)).toBe(false);
    expect(allows('{namespace}/*', 'etl/db', asking)).toBe(true);
  });
});

describe('a word of the store is no name: a pattern has to spell it out', () => {
  const named = (name: string): AskingNamespace => ({ name, labels: { team: name } });

  test.each(['**', '*/**', '*/x', 'certif*/x', '{namespace}/**', '{labels.team}/*'])(
    '%s does not stand for certificate/x',
    pattern => {
      expect(allows(pattern, 'certificate/x', named('certificate'), ['certificate'])).toBe(false);
      expect(allows(pattern, 'certificate/x', named('certificate'))).toBe(true);
    },
  );

  test.each(['certificate/*', 'certificate/**', 'certificate/{namespace}'])('%s does', pattern => {
    expect(allows(pattern, 'certificate/x', named('x'), ['certificate'])).toBe(true);
  });

  test('in front of nothing it is a name like others', () => {
    expect(allows('*', 'certificate', etl, ['certificate'])).toBe(true);
    expect(allows('**', 'x/certificate/y', etl, ['certificate'])).toBe(true);
  });
});

describe('a pattern that is unclear is refused, never "allow"', () => {
  test.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    'a**',
    '**a',
    'a/**b/c',
    '***',
    '{',
    '}',
    '{}',
    '{name}',
    '{labels}',
    '{labels.}',
    'a{b',
    '{namespace',
    '{labels.a*}',
    '{namespace}-*',
    '{namespace}-db',
    '{namespace}*',
    '{namespace}x',
    '{namespace}{labels.team}',
    '{labels.team}_*',
    '{labels.team}.*',
    '{labels.team}-{namespace}',
    '{labels.team}A',
    '*{namespace}',
    '*-{namespace}',
    '*_{namespace}',
    'a/*_{namespace}_*/b',
    '**/{namespace}/**',
    'a/**/x/{labels.team}/**/b',
  ])('"%s"', pattern => {
    const parsed = parseKeyPattern(pattern, 'allowedKeys pattern');
    expect(parsed).toMatchObject({ ok: false, fault: { kind: 'invalid', reason: 'InvalidSpec' } });
    expect(parsed.ok ? '' : parsed.fault.message).toContain(`allowedKeys pattern "${pattern}" cannot be used`);
  });

  test('one of many refuses all', () => {
    expect(parseKeyPatterns(['**', '/a']).ok).toBe(false);
  });
});

describe('what goes on behind "**" is bounded, in all patterns of a source together:', () => {
  const refused = (...patterns: readonly string[]) => {
    const parsed = parseKeyPatterns(patterns);
    return parsed.ok ? undefined : parsed.fault.message;
  };

  test('64 segments are taken', () => {
    expect(refused(...Array(64).fill('**/a'))).toBeUndefined();
    expect(refused(...Array(64).fill('a/{namespace}/b/**'))).toBeUndefined();
    expect(refused(...Array(8).fill('a/**/b/c/d/e/f/g/h/i'))).toBeUndefined();
  });

  test('more are refused, and what to change is said', () => {
    expect(refused(...Array(63).fill('**/a'), 'a/**/b/**/c')).toBe(
      'allowedKeys has 65 segments behind "**", in all its patterns together, and may have 64: use fewer patterns that go on behind "**", such as **/a/b',
    );
  });
});

describe('a denied pattern', () => {
  const denies = (pattern: string, key: string): boolean => {
    const patterns = parseKeyPatterns([pattern], 'deniedKeys');
    return patterns.ok && deniedTest(patterns.value, etl)(key);
  };

  test.each([
    ['etl/root', 'etl/root', true],
    ['etl/root', '/etl/root', true],
    ['**/root', 'etl/a/root', true],
    ['{namespace}/admin/**', 'etl/admin/a/b', true],
    ['*/web', 'certificate/web', true],
    ['etl/root', 'etl/rooted', false],
    ['{namespace}/admin/**', 'web/admin/a', false],
    ['etl/root', 'etl//root', true],
    ['etl/root', 'etl/root/', true],
    ['etl/root', Array(33).fill('a').join('/'), true],
  ])('%s of %s: %s', (pattern, key, expected) => {
    expect(denies(pattern, key)).toBe(expected);
  });

  test('none at all denies nothing, whatever the key looks like', () => {
    expect(deniedTest([], etl)('a//b')).toBe(false);
  });
});

describe('an environment is the label of a namespace', () => {
  test.each([
    ['prod', 'prod/etl/db', true],
    ['prod', 'test/etl/db', false],
    ['prod', 'prod/web/db', false],
    ['test', 'test/etl/db', true],
    ['', '/etl/db', false],
    [undefined, 'prod/etl/db', false],
    ['*', 'prod/etl/db', false],
  ])('env=%s may read %s: %s', (env, key, expected) => {
    const asking = { name: 'etl', labels: env === undefined ? {} : { env } };
    expect(allows('{labels.env}/{namespace}/**', key, asking)).toBe(expected);
  });
});

test('an empty list allows nothing', () => {
  expect(keyTest([], etl, [])('etl/a')).toBe(false);
});

test('one pattern of several is enough', () => {
  const patterns = parseKeyPatterns(['web/*', 'shared/*', '{namespace}/*']);
  expect(patterns.ok && keyTest(patterns.value, etl, [])('shared/x')).toBe(true);
});

test('a pattern that would stall a backtracking matcher is answered', () => {
  const pattern = Array(8).fill('**/a*a*a*a*b').join('/');
  const key = Array(32).fill('a'.repeat(40)).join('/');
  expect(allows(pattern, key)).toBe(false);
});

test('a key of 32 segments is the longest that a pattern covers', () => {
  expect(allows('**', Array(32).fill('a').join('/'))).toBe(true);
  expect(allows('**', Array(33).fill('a').join('/'))).toBe(false);
  expect(allows('**', 'a/'.repeat(500_000))).toBe(false);
});
