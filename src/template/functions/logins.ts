import { keyName, refuse, toJson, type Value } from '../value.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { oneLine, Settings, without, withoutNul } from './settings.ts';

/** Files by which tools log in. */
export const logins: Chapter = {
  title: 'Logins',
  functions: [
    {
      name: 'docker.config',
      parameters: ['registries'],
      doc: 'A `config.json` of Docker, for the key `.dockerconfigjson`: a map of registries, each with `username` and `password`.',
      example: [
        '$(docker.config({"ghcr.io": {"username": user, "password": "x"}}))',
        '{"auths":{"ghcr.io":{"username":"etl","password":"x","auth":"ZXRsOng="}}}',
      ],
      call: dockerConfig,
    },
    {
      name: 'kubeconfig',
      parameters: ['settings'],
      doc: 'A kubeconfig, as JSON: `server`, `ca` (PEM), `token` or `certificate` and `key` (PEM), and if wanted `namespace` and `name`.',
      example: [
        '$(kubeconfig({"server": "https://k.example.com", "token": "t"}))',
        '{"apiVersion":"v1","kind":"Config","current-context":"default","clusters":[{"name":"default","cluster":{"server":"https://k.example.com"}}],"users":[{"name":"default","user":{"token":"t"}}],"contexts":[{"name":"default","context":{"cluster":"default","user":"default"}}]}',
      ],
      call: kubeconfig,
    },
    {
      name: 'netrc',
      parameters: ['settings'],
      doc: 'An entry of `.netrc`: `machine`, `login`, `password`; of a list as many entries.',
      example: [
        '$(netrc({"machine": host, "login": user, "password": password}))',
        'machine db.example.com\n  login etl\n  password "p@ss:w/rd #1"\n',
      ],
      call: args => (Array.isArray(args.any(0)) ? args.list(0) : [args.any(0)]).map(netrcEntry).join(''),
    },
    {
      name: 'aws.credentials',
      parameters: ['settings'],
      doc: 'A file of `~/.aws/credentials`: `accessKeyId`, `secretAccessKey`, if there is one `sessionToken`, and `profile` (by itself `default`); of a list as many profiles.',
      example: [
        '$(aws.credentials({"accessKeyId": "AKIA", "secretAccessKey": "x/y+z"}))',
        '[default]\naws_access_key_id = AKIA\naws_secret_access_key = x/y+z\n',
      ],
      call: args => (Array.isArray(args.any(0)) ? args.list(0) : [args.any(0)]).map(awsProfile).join('\n'),
    },
    {
      name: 'gcp.credentials',
      parameters: ['settings'],
      doc: 'The JSON of a Google service account, of `client_email` and `private_key`, and if they are there `project_id`, `private_key_id`, `client_id`. Line ends of the key that were kept as `\\n` become line ends.',
      example: [
        '$(gcp.credentials({"client_email": "a@b", "private_key": "-----BEGIN PRIVATE KEY-----\\\\nx\\\\n-----END PRIVATE KEY-----"}))',
        '{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----\\n","token_uri":"https://oauth2.googleapis.com/token"}',
      ],
      call: gcpCredentials,
    },
  ],
};

function dockerConfig(args: Arguments): string {
  const auths = Array.from(args.map(0), ([registry, value]) => {
    if (!/^[\w.:/[\]-]+$/.test(registry))
      return refuse(`docker.config: ${keyName(registry)} is no address of a registry`);
    const settings = new Settings(`docker.config: ${keyName(registry)}`, value, ['username', 'password', 'email']);
    const username = without(
      /:/,
      'a colon, which Docker takes for the end of it',
      settings.text('username'),
      settings.what('username'),
    );
    const login = entriesOf(settings, ['username', 'password', 'email']);
    const password = withoutNul(settings.text('password'), settings.what('password'));
    return [registry, new Map([...login, ['auth', base64(`${username}:${password}`)]])] as const;
  });
  return toJson(new Map([['auths', new Map<string, Value>(auths)]]));
}

function kubeconfig(args: Arguments): string {
  const known = ['server', 'ca', 'token', 'certificate', 'key', 'namespace', 'name'];
  const settings = new Settings('kubeconfig', args.any(0), known);
  if (!/^https?:\/\/[^\s]+$/.test(settings.text('server'))) return refuse('kubeconfig: server is no URL');
  if (!settings.has('token') && !settings.has('key')) return refuse('kubeconfig needs token, or certificate and key');
  const name = settings.optional('name') ?? 'default';
  const ca = settings.optional('ca');
  const cluster: [string, Value][] = [['server', settings.text('server')]];
  if (ca !== undefined) cluster.push(['certificate-authority-data', base64(ca)]);
  const context: [string, Value][] = [['cluster', name], ['user', name], ...entriesOf(settings, ['namespace'])];
  const config = new Map<string, Value>([
    ['apiVersion', 'v1'],
    ['kind', 'Config'],
    ['current-context', name],
    ['clusters', named(name, 'cluster', cluster)],
    ['users', named(name, 'user', userOf(settings))],
    ['contexts', named(name, 'context', context)],
  ]);
  return toJson(config);
}

const named = (name: string, kind: string, fields: readonly [string, Value][]): Value => [
  new Map<string, Value>([
    ['name', name],
    [kind, new Map(fields)],
  ]),
];

const userOf = (settings: Settings): readonly [string, Value][] =>
  settings.has('key')
    ? [
        ['client-certificate-data', base64(settings.text('certificate'))],
        ['client-key-data', base64(settings.text('key'))],
      ]
    : entriesOf(settings, ['token']);

const entriesOf = (settings: Settings, keys: readonly string[]): [string, Value][] =>
  keys.flatMap((key): [string, Value][] => {
    const text = settings.optional(key);
    return text === undefined ? [] : [[key, text]];
  });

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function netrcEntry(value: unknown): string {
  const settings = new Settings('netrc', value, ['machine', 'login', 'password']);
  const machine = settings.text('machine');
  if (!/^[\w.:[\]-]+$/.test(machine)) return refuse('netrc: machine is no name of a host');
  const token = (key: string): string => {
    const text = oneLine(settings.text(key), settings.what(key));
    return /^[\w.@+-]+$/.test(text) ? text : `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
  };
  return `machine ${machine}\n  login ${token('login')}\n  password ${token('password')}\n`;
}

function awsProfile(value: unknown): string {
  const settings = new Settings('aws.credentials', value, [
    'profile',
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
  ]);
  const profile = settings.optional('profile') ?? 'default';
  if (!/^[\w.@:/+-]+$/.test(profile)) return refuse('aws.credentials: profile cannot be the name of a profile');
  const line = (name: string, key: string): string => {
    const text = without(/[^!-~]/, 'a character that is in no key of AWS', settings.text(key), settings.what(key));
    return `${name} = ${text}\n`;
  };
  const token = settings.has('sessionToken') ? line('aws_session_token', 'sessionToken') : '';
  return `[${profile}]\n${line('aws_access_key_id', 'accessKeyId')}${line('aws_secret_access_key', 'secretAccessKey')}${token}`;
}

function gcpCredentials(args: Arguments): string {
  const known = ['project_id', 'private_key_id', 'private_key', 'client_email', 'client_id'];
  const settings = new Settings('gcp.credentials', args.any(0), known);
  settings.text('client_email');
  const key = `${settings.text('private_key').replaceAll('\\n', '\n').trim()}\n`;
  if (!key.startsWith('-----BEGIN ')) return refuse('gcp.credentials: private_key is no PEM');
  const entries = entriesOf(settings, ['project_id', 'private_key_id', 'client_email', 'client_id']);
  return toJson(
    new Map<string, Value>([
      ['type', 'service_account'],
      ...entries,
      ['private_key', key],
      ['token_uri', 'https://oauth2.googleapis.com/token'],
    ]),
  );
}
