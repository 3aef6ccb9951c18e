import { keyName, refuse, type Value } from '../value.ts';
import { urlEncode } from './encoding.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { propertiesFile } from './quoting.ts';
import { oneLine, Settings, textsOf, without, withoutNul } from './settings.ts';

const fields = ['driver', 'host', 'port', 'database', 'user', 'password', 'properties'] as const;
const example =
  '{"driver": "postgresql", "host": host, "port": port, "database": "dw", "user": user, "password": password}';

/** How programs find a database and log in to it. */
export const databases: Chapter = {
  title: 'Databases',
  functions: [
    {
      name: 'jdbc.url',
      parameters: ['settings'],
      doc: 'A JDBC URL of `driver` (postgresql, redshift, mysql, mariadb, sqlserver, oracle, trino, clickhouse, snowflake), `host`, `port`, `database`, and if they shall be in it `user`, `password`, `properties`.',
      example: [
        '$(jdbc.url({"driver": "postgresql", "host": host, "port": port, "database": "dw", "properties": {"ssl": true}}))',
        'jdbc:postgresql://db.example.com:5432/dw?ssl=true',
      ],
      call: args => jdbcUrl(new Settings('jdbc.url', args.any(0), fields), true),
    },
    {
      name: 'jdbc.properties',
      parameters: ['settings'],
      doc: 'The same as a Java properties file of `url`, `user`, `password` and `driver`, the name of its class: the options of Spark’s JDBC source.',
      example: [
        `$(jdbc.properties(${example}))`,
        'url=jdbc:postgresql://db.example.com:5432/dw\nuser=etl\npassword=p@ss:w/rd #1\ndriver=org.postgresql.Driver\n',
      ],
      call: jdbcProperties,
    },
    {
      name: 'sqlalchemy.url',
      parameters: ['settings'],
      doc: 'A URL of SQLAlchemy: `driver` is its dialect, such as `postgresql+psycopg2`; `properties` go behind the `?`.',
      example: [
        '$(sqlalchemy.url({"driver": "postgresql+psycopg2", "host": host, "database": "dw", "user": user, "password": password}))',
        'postgresql+psycopg2://etl:p%40ss%3Aw%2Frd%20%231@db.example.com/dw',
      ],
      call: sqlalchemyUrl,
    },
    {
      name: 'pgpass',
      parameters: ['settings'],
      doc: 'A line of `.pgpass` for libpq: `host`, `port`, `database`, `user` (any, where they are not given) and `password`; of a list as many lines.',
      example: [
        '$(pgpass({"host": host, "user": user, "password": password}))',
        'db.example.com:*:*:etl:p@ss\\:w/rd #1\n',
      ],
      call: pgpass,
    },
  ],
};

interface Driver {
  readonly className: string;
  readonly url: (settings: Settings, properties: readonly (readonly [string, string])[]) => string;
}

const byQuery = (name: string, className: string): Driver => ({
  className,
  url: (settings, properties) =>
    `jdbc:${name}://${authority(settings)}/${encoded(settings.optional('database') ?? '')}${query(properties)}`,
});

const drivers: Readonly<Record<string, Driver>> = {
  postgresql: byQuery('postgresql', 'org.postgresql.Driver'),
  redshift: byQuery('redshift', 'com.amazon.redshift.Driver'),
  mysql: byQuery('mysql', 'com.mysql.cj.jdbc.Driver'),
  mariadb: byQuery('mariadb', 'org.mariadb.jdbc.Driver'),
  trino: byQuery('trino', 'io.trino.jdbc.TrinoDriver'),
  clickhouse: byQuery('clickhouse', 'com.clickhouse.jdbc.ClickHouseDriver'),
  snowflake: {
    className: 'net.snowflake.client.jdbc.SnowflakeDriver',
    url: (settings, properties) => {
      const database = settings.optional('database');
      const db = database === undefined ? [] : [['db', database] as const];
      return `jdbc:snowflake://${authority(settings)}/${query([...db, ...properties])}`;
    },
  },
  sqlserver: {
    className: 'com.microsoft.sqlserver.jdbc.SQLServerDriver',
    url: (settings, properties) => {
      const database = settings.optional('database');
      const all = [...(database === undefined ? [] : [['databaseName', database] as const]), ...properties];
      const parts = all.map(
        ([key, text]) => `;${word(key, `jdbc.url: ${keyName(key)}`)}={${text.replaceAll('}', '}}')}}`,
      );
      return `jdbc:sqlserver://${authority(settings)}${parts.join('')}`;
    },
  },
  oracle: {
    className: 'oracle.jdbc.OracleDriver',
    url: (settings, properties) => {
      if (properties.some(([key]) => key === 'user' || key === 'password'))
        return refuse('jdbc.url: Oracle has no user and password in its URL: use jdbc.properties');
      return `jdbc:oracle:thin:@//${authority(settings)}/${word(settings.optional('database') ?? '', settings.what('database'))}${query(properties)}`;
    },
  },
};

const driverOf = (settings: Settings): Driver => {
  const name = settings.text('driver');
  const driver = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  return driver ?? refuse(`${settings.what('driver')} is none of ${Object.keys(drivers).join(', ')}`);
};

function jdbcUrl(settings: Settings, withLogin: boolean): string {
  const login = (withLogin ? ['user', 'password'] : []).flatMap(key => {
    const text = settings.optional(key);
    return text === undefined ? [] : [[key, withoutNul(text, settings.what(key))] as const];
  });
  return driverOf(settings).url(settings, [...login, ...textsOf(settings.map('properties'), 'jdbc.url')]);
}

function jdbcProperties(args: Arguments): string {
  const settings = new Settings('jdbc.properties', args.any(0), fields);
  const login = ['user', 'password'].flatMap((key): (readonly [string, Value])[] => {
    const text = settings.optional(key);
    return text === undefined ? [] : [[key, text]];
  });
  const entries: readonly (readonly [string, Value])[] = [
    ['url', jdbcUrl(settings, false)],
    ...login,
    ['driver', driverOf(settings).className],
  ];
  return propertiesFile(new Map(entries), 'jdbc.properties');
}

function sqlalchemyUrl(args: Arguments): string {
  const settings = new Settings('sqlalchemy.url', args.any(0), fields);
  const driver = settings.text('driver');
  if (!/^[A-Za-z]\w*(\+\w+)?$/.test(driver))
    return refuse('sqlalchemy.url: driver is no dialect such as postgresql+psycopg2');
  const [user, password] = [settings.optional('user'), settings.optional('password')];
  const login = user === undefined ? '' : `${encoded(user)}${password === undefined ? '' : `:${encoded(password)}`}@`;
  const database = settings.optional('database');
  // It is not decoded.
  const path =
    database === undefined ? '' : `/${without(/[?#\s\0]/, 'a ? or space', database, settings.what('database'))}`;
  const host = settings.has('host') ? authority(settings) : '';
  return `${driver}://${login}${host}${path}${query(textsOf(settings.map('properties'), 'sqlalchemy.url'))}`;
}

/** Host and port. What ends a host in a URL would send the login elsewhere. */
function authority(settings: Settings): string {
  const host = settings.text('host');
  const port = settings.port('port');
  if (!/^[A-Za-z0-9._-]+$|^[0-9A-Fa-f:.]+$|^\[[0-9A-Fa-f:.]+\]$/.test(host))
    return refuse(`${settings.what('host')} is neither the name of a host nor an IP address`);
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

const encoded = (text: string): string => urlEncode(Buffer.from(text));

const query = (properties: readonly (readonly [string, string])[]): string =>
  properties.length === 0 ? '' : `?${properties.map(([key, text]) => `${encoded(key)}=${encoded(text)}`).join('&')}`;

const word = (text: string, what: string): string =>
  without(/[^\w.-]/, 'more than letters, digits and "_.-", which this URL cannot hold', text, what);

function pgpass(args: Arguments): string {
  const given = args.any(0);
  return (Array.isArray(given) ? given : [given]).map(pgpassLine).join('');
}

function pgpassLine(value: unknown): string {
  const settings = new Settings('pgpass', value, ['host', 'port', 'database', 'user', 'password']);
  settings.text('password');
  const parts = ['host', 'port', 'database', 'user', 'password'].map(key => {
    const text = settings.optional(key);
    return text === undefined ? '*' : oneLine(text, settings.what(key)).replaceAll(/[\\:]/g, '\\$&');
  });
  return `${parts.join(':').replace(/^#/, '\\#')}\n`;
}
