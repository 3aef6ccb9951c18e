import { describe, expect, test } from '@jest/globals';
import { show, text } from './render.ts';

const canary = 'cAnArY 4711\n';
const fields = 'driver, host, port, database, user, password, properties';
const pg = '"driver": "postgresql", "host": "h"';

describe('what a format cannot hold is refused, and the message names the field and not the value:', () => {
  test.each<[template: string, fault: string]>([
    ['$(dotenv({"a b": 1}))', 'dotenv: "a b" is no name of an environment variable'],
    [
      '$(dotenv({"A": "$" + "{" + p + "}"}))',
      'dotenv: "A" has a $ with braces, which python-dotenv would replace, however it is quoted',
    ],
    [
      '$(dotenv({"A": "a\\rb"}))',
      'dotenv: "A" has a carriage return, which readers of .env files turn into something else',
    ],
    ['$(dotenv({"A": [p]}))', 'dotenv: "A" is a list, not text'],
    ['$(ini({"a": 1}))', 'ini: "a" is no map: the file is a map of sections, each a map'],
    ['$(ini({"a]": {}}))', 'ini: "a]" cannot be the name of a section'],
    ['$(ini({"a": {"[b": 1}}))', 'ini: "[b" cannot be a key'],
    ['$(ini({"a": {"b": p}}))', 'ini: "b" has a line end or NUL, which this format cannot hold'],
    ['$(ini(p.trim() + " "))', 'ini: value has space around it, which this format would drop'],
    [
      '$(netrc({"machine": "h", "login": "l", "password": p}))',
      'netrc: password has a line end or NUL, which this format cannot hold',
    ],
    ['$(netrc({"machine": p, "login": "l", "password": "p"}))', 'netrc: machine is no name of a host'],
    ['$(pgpass({"user": p, "password": "x"}))', 'pgpass: user has a line end or NUL, which this format cannot hold'],
    ['$(pgpass({"user": "x"}))', 'pgpass needs password'],
    ['$(pgpass({"user": "x", "pasword": p}))', 'pgpass does not know "pasword": did you mean password?'],
    // A key without quotes is a value.
    ['$(dotenv({p: 1}))', 'dotenv: a key that the template does not name is no name of an environment variable'],
    [
      '$(json.encode(jdbc.url({p: 1})))',
      `jdbc.url does not know a key that the template does not name: it takes ${fields}`,
    ],
    [
      '$(docker.config({"a" + p: 1}))',
      'docker.config: a key that the template does not name is no address of a registry',
    ],
    [
      '$(properties(json.decode("{" + json.encode(p) + ":[]}")))',
      'properties: a key that the template does not name is a list, not text',
    ],
    ['$(dotenv(data))', 'dotenv: "a-key" is no name of an environment variable'],
    [
      '$(jdbc.url({"driver": "oracle", "host": "h", "database": p}))',
      'jdbc.url: database has more than letters, digits and "_.-", which this URL cannot hold',
    ],
    ['$(dbt.env({"a": 1, "A": 2}))', 'dbt.env: "A" is there twice, in capital and small letters'],
    ['$(pgpass(p))', 'pgpass takes a map with host, port, database, user, password, not text'],
    [`$(jdbc.url({${pg}, "port": p}))`, 'jdbc.url: port is no number of a port'],
    [
      `$(jdbc.url({"driver": "postgresql", "host": "a@" + p}))`,
      'jdbc.url: host is neither the name of a host nor an IP address',
    ],
    [
      '$(jdbc.url({"driver": "db2", "host": "h"}))',
      'jdbc.url: driver is none of postgresql, redshift, mysql, mariadb, trino, clickhouse, snowflake, sqlserver, oracle',
    ],
    [
      '$(jdbc.url({"driver": "constructor", "host": "h"}))',
      'jdbc.url: driver is none of postgresql, redshift, mysql, mariadb, trino, clickhouse, snowflake, sqlserver, oracle',
    ],
    [
      '$(jdbc.url({"driver": "oracle", "host": "h", "user": p}))',
      'jdbc.url: Oracle has no user and password in its URL: use jdbc.properties',
    ],
    [
      '$(sqlalchemy.url({"driver": "a b", "host": "h"}))',
      'sqlalchemy.url: driver is no dialect such as postgresql+psycopg2',
    ],
    [
      '$(sqlalchemy.url({"driver": "a", "host": "h", "database": "d?" + p}))',
      'sqlalchemy.url: database has a ? or space',
    ],
    ['$(airflow.connection({"conn_type": p}))', 'airflow.connection: conn_type is not made of letters, digits and _'],
    ['$(airflow.connection({"conn_type": "a"}, "xml"))', 'airflow.connection: form is neither "json" nor "uri"'],
    ['$(airflow.connection({"conn_type": "a", "extra": p}))', 'airflow.connection: extra is text, not a map'],
    ['$(sparkConf({"k": p}))', 'sparkConf: "k" does not begin with spark., and Spark would ignore it'],
    ['$(sparkConf({"spark.k": " " + p}))', 'sparkConf: "spark.k" has space around it, which Spark would drop'],
    ['$(trino.catalog({"a": p}))', 'trino.catalog needs connector.name'],
    [
      '$(trino.catalog({"connector.name": "a", "b": "$" + "{ENV:" + p + "}"}))',
      'trino.catalog: "b" has a $ with braces, which Trino would replace',
    ],
    [
      '$(docker.config({"r": {"username": "a:b", "password": p}}))',
      'docker.config: "r": username has a colon, which Docker takes for the end of it',
    ],
    ['$(docker.config({"r": {"username": "a"}}))', 'docker.config: "r" needs password'],
    ['$(kubeconfig({"server": "h", "token": p}))', 'kubeconfig: server is no URL'],
    ['$(kubeconfig({"server": "https://h"}))', 'kubeconfig needs token, or certificate and key'],
    [
      '$(aws.credentials({"accessKeyId": "A", "secretAccessKey": p}))',
      'aws.credentials: secretAccessKey has a character that is in no key of AWS',
    ],
    ['$(gcp.credentials({"client_email": "a", "private_key": p}))', 'gcp.credentials: private_key is no PEM'],
    ['$(sql(p, "db2"))', 'sql: dialect is neither "ansi" nor "mysql"'],
    ['$(xml("\\u0001"))', 'xml: value has a control character, which XML cannot hold'],
    ['$(shell("a\\u0000"))', 'shell: value has NUL, which this format cannot hold'],
  ])('%s', async (template, fault) => {
    const result = await show(template, { p: canary, 'a-key': 'x' });
    expect(result).toEqual({ ok: false, fault: `spec.target.template.data[k]: line 1, column 3: ${fault}` });
    expect(JSON.stringify(result)).not.toContain('cAnArY');
  });
});

describe('a URL of', () => {
  const login = '"port": 1, "database": "d", "user": "u", "password": p';
  test.each([
    ['mysql', 'jdbc:mysql://h:1/d?user=u&password=a%7Db%26'],
    ['sqlserver', 'jdbc:sqlserver://h:1;databaseName={d};user={u};password={a}}b&}'],
    ['snowflake', 'jdbc:snowflake://h:1/?db=d&user=u&password=a%7Db%26'],
  ])('%s', async (driver, url) => {
    expect(await text(`$(jdbc.url({"driver": "${driver}", "host": "h", ${login}}))`, { p: 'a}b&' })).toBe(url);
  });

  test('an IPv6 address', async () => {
    expect(await text(`$(jdbc.url({"driver": "oracle", "host": "::1", "port": 1, "database": "s"}))`)).toBe(
      'jdbc:oracle:thin:@//[::1]:1/s',
    );
  });
});

test('a string of MySQL’s SQL has its backslashes doubled', async () => {
  expect(await text('$(sql(p, "mysql"))', { p: "a\\'b" })).toBe("'a\\\\''b'");
});
