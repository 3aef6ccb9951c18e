import { fill, type Text } from './growth.ts';

/** What a stranger's server could send in the place of a store, to keep whoever reads it busy. */

/** Long texts for the fields of an answer that is otherwise in order. */
const texts: readonly string[] = ['A', '=', ' ', '/', '\\', 'role "', 'Secret [', '-----BEGIN CERTIFICATE-----\n'];

/** One answer for all stores, each field of theirs with that text. */
function answerOf(text: string): unknown {
  const words = {
    message: text,
    description: text,
    code: text,
    reason: text,
    status: text,
    details: [{ reason: text }],
  };
  const attributes = { enabled: true };
  return {
    ...{ __type: text, message: text, error: words, error_code: text, error_description: text, errors: [text] },
    ...{ kind: text, reason: text, id: text, value: text, cer: text, attributes, key: { kid: text, kty: text } },
    ...{ access_token: text, token: text, expires_in: 1, Name: text, VersionId: text, SecretString: text },
    ...{ SecretBinary: text, SecretList: [{ Name: text, Tags: [{ Key: text, Value: text }] }] },
    ...{ SecretValues: [{ Name: text }], Errors: [{ SecretId: text, ErrorCode: text, Message: text }] },
    ...{ Parameter: { Name: text, Value: text, Type: text, ARN: text }, Parameters: [{ Name: text, Value: text }] },
    ...{ name: text, payload: { data: text, dataCrc32c: text }, scopes: [{ name: text }] },
    ...{
      secrets: [{ key: text, name: text, labels: { a: text } }],
      items: [{ metadata: { name: text, namespace: text } }],
    },
    ...{ auth: { client_token: text, lease_duration: 1, renewable: true, metadata: { role_name: text } } },
    data: { data: { a: text }, keys: [text], metadata: { version: 1 }, value: text, type: text, path: text, ttl: 1 },
    metadata: { name: text, namespace: text, resourceVersion: text },
    userInfo: { username: text },
  };
}

/** About how often a text stands in such an answer. */
const times = 60;

const inAnswers: readonly (readonly [name: string, text: Text])[] = texts.map(piece => [
  `an answer of ${JSON.stringify(piece)}`,
  size => JSON.stringify(answerOf(fill(piece, size / times))),
]);

const repeated =
  (piece: string, head = '', tail = ''): Text =>
  size =>
    `${head}${fill(piece, size)}${tail}`;

export const hostileAnswers: readonly (readonly [name: string, text: Text])[] = [
  ...inAnswers,
  ['a list of empty objects', repeated('{},', '[', '{}]')],
  ['a list of nothing', repeated('[],', '{"data":{"keys":[', '[]]}}')],
  ['levels of objects', repeated('{"a":')],
  ['levels of lists', repeated('[')],
  ['members of one name', repeated('"a":1,', '{', '"a":1}')],
  ['members of many names', size => `{${Array.from({ length: size / 12 }, (_, index) => `"${index}":{}`)}}`],
  ['a string of quotes', repeated('\\"', '{"data":"', '"}')],
  ['a string of backslashes', repeated('\\\\', '{"data":{"data":{"a":"', '"}}}')],
  ['a string of escapes', repeated('\\u003c', '{"data":{"data":{"a":"', '"},"metadata":{"version":1}}}')],
  ['a number', repeated('9', '{"data":', '}')],
  ['space', repeated(' ', '{', '}')],
  ['DOCTYPEs', repeated('<!DOCTYPE a>')],
  ['levels of elements', repeated('<a>')],
  ['elements', repeated('<a/>', '<b>', '</b>')],
  ['attributes', repeated('a="b" ', '<c ', '/>')],
  ['an entity', repeated('&amp;', '<a>', '</a>')],
  ['comments', repeated('<!---->')],
  ['an HTML page', repeated(' ', '<!doctype', 'html>')],
];
