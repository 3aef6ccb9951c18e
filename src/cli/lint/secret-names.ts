/**
 * Whether a name says that its value is a secret. `strong`: any literal is one, as below `password`. `weak`: only what looks
 * random, because `secret: warehouse` is mostly the name of one.
 */
export type Suspicion = 'strong' | 'weak';

const alone = new Set([
  'password',
  'passwd',
  'pwd',
  'pw',
  'bindpw',
  'pass',
  'passphrase',
  'passcode',
  'apikey',
  'secretkey',
  'accesskey',
]);
const joined = ['authtoken', 'privatekey', 'clientsecret', 'accesstoken', 'connectionstring', 'fernetkey'];
const pairs = new Set([
  ...[
    'api',
    'access',
    'secret',
    'private',
    'account',
    'encryption',
    'signing',
    'fernet',
    'master',
    'storage',
    'session',
  ].map(word => `${word} key`),
  ...['client', 'app', 'shared', 'webhook', 'consumer'].map(word => `${word} secret`),
  ...['auth', 'access', 'refresh', 'bearer', 'sas', 'api', 'bot'].map(word => `${word} token`),
  'connection string',
]);
const weak = new Set(['secret', 'token', 'credential', 'credentials', 'auth', 'sas', 'conn', 'dsn']);
/** Behind the word that counts: `password_1`, `passwordValue`. */
const filler = /^(\d+|value|plain|plaintext|raw|text|base64|b64|old|new)$/;

export function suspicionOf(name: string): Suspicion | undefined {
  // Spark names a Secret and a key so: spark.kubernetes.driver.secretKeyRef.PASSWORD.
  if (name.includes('secretKeyRef')) return undefined;
  const words = wordsOf(name.slice(0, 256));
  while (words.length > 1 && filler.test(words.at(-1) ?? '')) words.pop();
  const last = words.at(-1) ?? '';
  const pair = `${words.at(-2) ?? ''} ${last}`;
  if (alone.has(last) || joined.includes(last) || pairs.has(pair) || isAccountKey(words)) return 'strong';
  return weak.has(last) ? 'weak' : undefined;
}

/** camelCase, snake_case, kebab-case, dots. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '');

/** `fs.azure.account.key.NAME.dfs.core.windows.net` */
const isAccountKey = (words: readonly string[]): boolean =>
  words.some((word, at) => word === 'key' && words[at - 1] === 'account' && words.at(-1) === 'net');
