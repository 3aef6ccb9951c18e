import { keyName, refuse, toJson, type Value } from '../value.ts';
import { urlEncode } from './encoding.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { dotenvFile, propertiesFile } from './quoting.ts';
import { hasPlaceholder, Settings, textsOf } from './settings.ts';

/** Configuration of data tools. */
export const tools: Chapter = {
  title: 'Data tools',
  functions: [
    {
      name: 'airflow.connection',
      parameters: ['settings', 'form?'],
      doc: 'A connection of Airflow, for `AIRFLOW_CONN_<ID>` or the key `value` of its Kubernetes secrets backend: `conn_type`, `host`, `login`, `password`, `schema`, `port`, `description`, `extra` (a map). JSON, in which no password breaks; with the form `"uri"` a URI.',
      example: [
        '$(airflow.connection({"conn_type": "postgres", "host": host, "port": port, "login": user, "password": password}))',
        '{"conn_type":"postgres","host":"db.example.com","login":"etl","password":"p@ss:w/rd #1","port":5432}',
      ],
      call: airflowConnection,
    },
    {
      name: 'sparkConf',
      parameters: ['map'],
      doc: 'A `spark-defaults.conf` or the file of `--properties-file`, of names that begin with `spark.`.',
      example: [
        '$(sparkConf({"spark.hadoop.fs.s3a.access.key": user, "spark.executor.instances": 2}))',
        'spark.hadoop.fs.s3a.access.key=etl\nspark.executor.instances=2\n',
      ],
      call: sparkConf,
    },
    {
      name: 'trino.catalog',
      parameters: ['map'],
      doc: 'A file of `etc/catalog` of Trino; `connector.name` must be in it.',
      example: [
        '$(trino.catalog({"connector.name": "postgresql", "connection-user": user, "connection-password": password}))',
        'connector.name=postgresql\nconnection-user=etl\nconnection-password=p@ss:w/rd #1\n',
      ],
      call: trinoCatalog,
    },
    {
      name: 'dbt.env',
      parameters: ['map'],
      doc: 'A `.env` file for dbt: each name as `DBT_ENV_SECRET_NAME`, which dbt keeps out of its logs; a profile reads it by `env_var("DBT_ENV_SECRET_PASSWORD")`.',
      example: [
        '$(dbt.env({"user": user, "password": password}))',
        "DBT_ENV_SECRET_USER=etl\nDBT_ENV_SECRET_PASSWORD='p@ss:w/rd #1'\n",
      ],
      call: dbtEnv,
    },
  ],
};

function dbtEnv(args: Arguments): string {
  const named = new Map<string, Value>();
  for (const [key, value] of args.map(0)) {
    const name = `DBT_ENV_SECRET_${key.toUpperCase()}`;
    if (named.has(name)) return refuse(`dbt.env: ${keyName(key)} is there twice, in capital and small letters`);
    named.set(name, value);
  }
  return dotenvFile(named, 'dbt.env');
}

const connectionFields = ['conn_type', 'description', 'host', 'login', 'password', 'schema', 'port', 'extra'] as const;

function airflowConnection(args: Arguments): string {
  const settings = new Settings('airflow.connection', args.any(0), connectionFields);
  const type = settings.text('conn_type');
  if (!/^\w+(-\w+)*$/.test(type)) return refuse('airflow.connection: conn_type is not made of letters, digits and _');
  const form = args.text(1, 'json');
  if (form === 'json') return connectionJson(settings);
  return form === 'uri' ? connectionUri(settings) : refuse('airflow.connection: form is neither "json" nor "uri"');
}

function connectionJson(settings: Settings): string {
  const entries = connectionFields.flatMap((key): (readonly [string, Value])[] => {
    if (!settings.has(key)) return [];
    if (key === 'extra') return [[key, settings.map(key)]];
    const text = key === 'port' ? settings.port(key) : settings.optional(key);
    return text === undefined ? [] : [[key, key === 'port' ? BigInt(text) : text]];
  });
  return toJson(new Map(entries));
}

function connectionUri(settings: Settings): string {
  if (settings.has('description')) return refuse('airflow.connection: a URI has no place for description');
  const part = (key: string): string => urlEncode(Buffer.from(settings.optional(key) ?? ''));
  const [login, password, port] = [part('login'), part('password'), settings.port('port')];
  const user =
    settings.has('login') || settings.has('password')
      ? `${login}${settings.has('password') ? `:${password}` : ''}@`
      : '';
  const extra = settings.has('extra') ? `?__extra__=${urlEncode(Buffer.from(toJson(settings.map('extra'))))}` : '';
  const place = `${part('host')}${port === undefined ? '' : `:${port}`}`;
  return `${settings.text('conn_type').replaceAll('_', '-')}://${user}${place}/${part('schema')}${extra}`;
}

function sparkConf(args: Arguments): string {
  const map = args.map(0);
  for (const [key, text] of textsOf(map, 'sparkConf')) {
    if (!key.startsWith('spark.'))
      return refuse(`sparkConf: ${keyName(key)} does not begin with spark., and Spark would ignore it`);
    // It trims all but line ends.
    if (text.trim() !== text.replaceAll(/^[\r\n]+|[\r\n]+$/g, ''))
      return refuse(`sparkConf: ${keyName(key)} has space around it, which Spark would drop`);
  }
  return propertiesFile(map, 'sparkConf');
}

function trinoCatalog(args: Arguments): string {
  const map = args.map(0);
  if (!map.has('connector.name')) return refuse('trino.catalog needs connector.name');
  for (const [key, text] of textsOf(map, 'trino.catalog'))
    if (hasPlaceholder(text))
      return refuse(`trino.catalog: ${keyName(key)} has a $ with braces, which Trino would replace`);
  return propertiesFile(map, 'trino.catalog');
}
