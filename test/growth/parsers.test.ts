import { describe, expect, test } from '@jest/globals';
import { keyTest, nameTest, parseKeyPatterns } from '../../src/api/secret-source/allowed-keys.ts';
import { parseKeyPattern } from '../../src/api/secret-source/key-pattern.ts';
import { extractAll, selectProperty } from '../../src/controllers/secret-reference/reads/property.ts';
import { shapeFault } from '../../src/controllers/secret-reference/secret-types/secret-types.ts';
import { fromBase64 } from '../../src/core/base64.ts';
import { parseJson } from '../../src/core/json.ts';
import type { Result } from '../../src/core/result.ts';
import { SecretValue } from '../../src/core/secret-value.ts';
import { parseRetryAfter } from '../../src/net/retry-after.ts';
import { parseCaBundle } from '../../src/net/tls.ts';
import { readSources } from '../architecture/source.ts';
import { isForUs } from './expressions.ts';
import { fill, superlinear, type Text } from './growth.ts';
import { hostileAnswers } from './hostile.ts';
import { bound, stores } from './stores.ts';

/** What takes apart a value, a key or a field that a tenant or a store chose. None may hold the event loop. */
interface Parser {
  readonly name: string;
  readonly run: (text: string) => unknown;
  readonly texts: readonly (readonly [name: string, text: Text])[];
}

const parser = (name: string, run: Parser['run'], ...pieces: readonly (string | Text)[]): Parser => ({
  name,
  run,
  texts: pieces.map(piece =>
    typeof piece === 'string' ? [JSON.stringify(piece), size => fill(piece, size)] : [`${piece}`, piece],
  ),
});

function good<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new Error('a row of this table is wrong');
}

const begin = '-----BEGIN CERTIFICATE-----\n';
const end = '-----END CERTIFICATE-----\n';
const typed = (type: string, key: string) => (text: string) =>
  shapeFault(type, new Map([...['tls.crt', 'tls.key', key].map(name => [name, SecretValue.fromText(text)] as const)]));
const pattern = good(parseKeyPattern('**/*a*a*b/**/*a*c', 'pattern'));
const manyPatterns = keyTest(
  good(parseKeyPatterns([...Array(32).fill('**/*a*a*b/**/*a*c'), ...Array(32).fill(`${'*/'.repeat(15)}**`)])),
  { name: 'a', labels: {} },
  [],
);
const inDots: Text = size => `{${fill('"a":{"a.a":{"a.a.a":', size / 2)}1`;

const parsers: readonly Parser[] = [
  { name: 'JSON', run: parseJson, texts: hostileAnswers },
  { name: 'extract', run: text => extractAll(SecretValue.fromText(text), 'k'), texts: hostileAnswers },
  {
    name: 'a property',
    run: text => selectProperty(SecretValue.fromText(text), 'a.'.repeat(126), 'k'),
    texts: [...hostileAnswers, ['names with dots', inDots]],
  },
  parser(
    'base64',
    text => fromBase64(text),
    '=',
    'A',
    size => `${fill('=', size)}x`,
    size => `${fill('A', size)}!`,
  ),
  parser('a CA bundle', parseCaBundle, begin, end, `${begin}${end}`, '-', size => `${fill(begin, size)}${end}`),
  parser('a TLS pair', typed('kubernetes.io/tls', ''), begin, end, `${begin}${end}`, '-', '-----BEGIN '),
  parser('an SSH key', typed('kubernetes.io/ssh-auth', 'ssh-privatekey'), begin, '-----BEGIN A PRIVATE KEY-----\n'),
  {
    name: 'a pull secret',
    run: typed('kubernetes.io/dockerconfigjson', '.dockerconfigjson'),
    texts: [...hostileAnswers, ['logins', size => `{"auths":{${fill('"a":{"auth":"QQ=="},', size)}"b":{}}}`]],
  },
  parser('a key that is allowed or not', keyTest([pattern], { name: 'a', labels: {} }, ['a']), '/', 'a/', 'a', '/a'),
  parser('a key by all patterns that a source may have', manyPatterns, '/', 'a/', 'a', '/a'),
  parser('a name by glob', nameTest(pattern), '/', 'a/', 'a', '/a'),
  parser('a pattern', text => parseKeyPattern(text, 'pattern'), '*', '{', '}', '{a', '{namespace}', 'a/', '{labels.a}'),
  parser(
    'Retry-After',
    text => parseRetryAfter(text, { wall: () => 0 }, 3_600_000),
    '1',
    ' ',
    'Mon, 01 Jan 2026 00:00:00 GMT',
    ',',
  ),
  ...Object.entries(stores).map(([name, store]) =>
    parser(`a key of ${name}`, bound(store).canonicalKey, '/', 'a', 'a/', '.', '. /', ' ', 'arn:aws:', '-', '\u0001'),
  ),
];

describe.each(parsers)('$name takes time in proportion to its text:', ({ run, texts }) => {
  test.each(texts)('%s', async (_, text) => expect(await superlinear(run, text)).toBeUndefined());
});

/** Who calls a parser of Node or of a library: it is run here or in stores.test.ts, or why what it parses is short. */
const callers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'JSON.parse(': {
    'core/json.ts': 'run here',
    'core/json-text.ts': 'run here',
    'core/untyped.ts': 'for those below',
    'providers/kit/json-body.ts': 'run in stores.test.ts',
  },
  parseUntyped: {
    'api/annotations.ts': 'an annotation: 256 KiB',
    'core/untyped.ts': 'is it',
    'providers/aws/operator.ts': "a login's answer: 64 KiB",
    'controllers/secret-reference/nouns/target-marks.ts': 'an annotation: 256 KiB',
    'kube/http.ts': 'answers of the API server',
    'kube/watch-stream.ts': 'events of the API server',
  },
  'new X509Certificate(': {
    'net/tls.ts': 'run here: a CA bundle',
    'controllers/secret-reference/secret-types/tls-pair.ts': 'run here: a TLS pair',
    'template/functions/certificates.ts': 'in the sandbox, until its deadline',
  },
  'createPrivateKey(': {
    'core/private-key.ts': 'run here: a TLS pair; 16 KiB, of kinds that load quickly',
    'template/functions/certificates.ts': 'in the sandbox, until its deadline',
  },
  'createPublicKey(': { 'template/functions/certificates.ts': 'in the sandbox, until its deadline' },
  'RE2JS.compile(': { 'sandbox/re2.ts': 'in the sandbox, until its deadline' },
  "from 'yaml'": {
    'kube/kubeconfig.ts': 'the kubeconfig of whoever starts the operator',
    'schema/yaml.ts': 'only prints',
    'template/functions/yaml.ts': 'in the sandbox, until its deadline',
  },
};

test.each(Object.entries(callers))('%s is called only where it is known what it sees', (call, known) => {
  const found = readSources().filter(({ path, code }) => !isForUs(path) && code.includes(call));
  expect(found.map(({ path }) => path)).toEqual(Object.keys(known).toSorted());
});
