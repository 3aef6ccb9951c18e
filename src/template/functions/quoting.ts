import { inPieces, keyName, refuse, type Value } from '../value.ts';
import type { Arguments } from './functions.ts';
import type { Chapter } from './index.ts';
import { hasPlaceholder, oneLine, textsOf, trimmed, withoutNul } from './settings.ts';

/** A value inside of a file, or a map as a whole file. */
export const quoting: Chapter = {
  title: 'Quoting',
  about:
    'A value that is put into a file needs the rules of that file, or a password with a quote, a backslash or a line end breaks it, or adds a key. ' +
    'These functions take a value and give it as the file needs it, or take a map and give the file.',
  functions: [
    {
      name: 'properties',
      parameters: ['value'],
      doc: 'A value of a Java properties file, or of a map the file. All but ASCII is written as `\\u00e9`, so that every Java reads it.',
      example: ['password=$(properties(" é\\\\"))', 'password=\\ \\u00e9\\\\'],
      call: args => mapped(args, map => propertiesFile(map, 'properties'), propertyValue),
    },
    {
      name: 'dotenv',
      parameters: ['value'],
      doc: 'A value of a `.env` file, or of a map the file, by the rules of python-dotenv. Values that need no escapes are read alike by Node, Docker Compose and shells.',
      example: ['$(dotenv({"DB_USER": user, "DB_PASSWORD": password}))', "DB_USER=etl\nDB_PASSWORD='p@ss:w/rd #1'\n"],
      call: args => mapped(args, map => dotenvFile(map, 'dotenv'), dotenvValue),
    },
    {
      name: 'ini',
      parameters: ['value'],
      doc: 'A value of an INI file, or of a map of sections the file. INI has no quotes: what it cannot hold is refused. Where Python interpolates (`airflow.cfg`), write `x.replace("%", "%%")`.',
      example: ['$(ini({"db": {"user": user, "port": 5432}}))', '[db]\nuser = etl\nport = 5432\n'],
      call: args => mapped(args, map => iniFile(map), iniValue),
    },
    {
      name: 'shell',
      parameters: ['value'],
      doc: 'One word of a POSIX shell, in single quotes.',
      example: ['export PASSWORD=$(shell("it\'s"))', "export PASSWORD='it'\\''s'"],
      call: args => `'${withoutNul(args.text(0), args.what(0)).replaceAll("'", "'\\''")}'`,
    },
    {
      name: 'sql',
      parameters: ['value', 'dialect?'],
      doc: 'A string of SQL with its quotes: `"ansi"` (PostgreSQL, Trino, Oracle, SQL Server), or `"mysql"`, in which a backslash is an escape (also Spark and BigQuery).',
      example: ['$(sql("it\'s"))', "'it''s'"],
      call: sql,
    },
    {
      name: 'xml',
      parameters: ['value'],
      doc: 'Text of XML, inside of an element or an attribute.',
      example: ['<a b="$(xml("<\\"&"))"/>', '<a b="&lt;&quot;&amp;"/>'],
      call: xml,
    },
  ],
};

function mapped(
  args: Arguments,
  ofMap: (map: ReadonlyMap<string, Value>) => string,
  ofText: (text: string, what: string) => string,
): string {
  return args.any(0) instanceof Map ? ofMap(args.map(0)) : ofText(args.text(0), args.what(0));
}

/** A properties file. */
export const propertiesFile = (map: ReadonlyMap<string, Value>, of: string): string =>
  textsOf(map, of)
    .map(([key, text]) => `${propertyText(key).replaceAll(/[ :=#!]/g, '\\$&')}=${propertyValue(text)}\n`)
    .join('');

/** Leading space would be dropped. */
const propertyValue = (text: string): string => propertyText(text).replace(/^ /, '\\ ');

const propertyText = (text: string): string =>
  inPieces(text, piece =>
    piece.replaceAll(
      /[^ -[\]-~]/g,
      char => propertyEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );

const propertyEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
};

/** A `.env` file. */
export const dotenvFile = (map: ReadonlyMap<string, Value>, of: string): string =>
  textsOf(map, of)
    .map(([key, text]) => `${environmentName(key, of)}=${dotenvValue(text, `${of}: ${keyName(key)}`)}\n`)
    .join('');

const environmentName = (key: string, of: string): string =>
  /^[A-Za-z_]\w*$/.test(key) ? key : refuse(`${of}: ${keyName(key)} is no name of an environment variable`);

/** Bare or in quotes where all readers agree; else by python-dotenv's escapes. */
function dotenvValue(text: string, what: string): string {
  withoutNul(text, what);
  if (text.includes('\r'))
    return refuse(`${what} has a carriage return, which readers of .env files turn into something else`);
  if (hasPlaceholder(text))
    return refuse(`${what} has a $ with braces, which python-dotenv would replace, however it is quoted`);
  if (/^[\w./:@%+,-]+$/.test(text)) return text;
  if (text.includes("'") && !/["\\$`\n]/.test(text)) return `"${text}"`;
  return `'${text.replaceAll(/\\(?=[\\']|$)|'/g, '\\$&')}'`;
}

function iniFile(map: ReadonlyMap<string, Value>): string {
  const sections = Array.from(map, ([name, section]) => {
    if (!(section instanceof Map))
      return refuse(`ini: ${keyName(name)} is no map: the file is a map of sections, each a map`);
    if (/[\]\r\n\0]/.test(name)) return refuse(`ini: ${keyName(name)} cannot be the name of a section`);
    const lines = textsOf(section, 'ini').map(
      ([key, text]) => `${iniKey(key)} = ${iniValue(text, `ini: ${keyName(key)}`)}\n`,
    );
    return `[${name}]\n${lines.join('')}`;
  });
  return sections.join('\n');
}

const iniKey = (key: string): string =>
  /^[^\s=:#;[\]\0][^\r\n=:\0]*$/.test(key) && key === key.trim() ? key : refuse(`ini: ${keyName(key)} cannot be a key`);

const iniValue = (text: string, what: string): string => trimmed(oneLine(text, what), what);

function sql(args: Arguments): string {
  const dialect = args.text(1, 'ansi');
  const doubled = withoutNul(args.text(0), args.what(0)).replaceAll("'", "''");
  if (dialect === 'ansi') return `'${doubled}'`;
  return dialect === 'mysql'
    ? `'${doubled.replaceAll('\\', '\\\\')}'`
    : refuse('sql: dialect is neither "ansi" nor "mysql"');
}

/** Line ends too: a parser would change those of an attribute. */
const xmlEscapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

function xml(args: Arguments): string {
  const text = args.text(0);
  if (/[^\t\n\r -\uFFFD]/.test(text) || !text.isWellFormed())
    return refuse('xml: value has a control character, which XML cannot hold');
  return inPieces(text, piece => piece.replaceAll(/[&<>"'\t\n\r]/g, char => xmlEscapes[char] ?? char));
}
