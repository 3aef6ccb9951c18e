import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { bindProvider } from '../../../src/providers/index.ts';
import type { Machine, ProviderSession } from '../../../src/providers/provider.ts';
import { unwrap } from '../../controllers/outcomes.ts';

const directory = mkdtempSync(`${tmpdir()}/shearline-local-`);
const machine: Machine = { directory, environment: { ETL_DB_PASSWORD: ' p@ss ', OTHER: 'x', GONE: undefined } };
const never = new AbortController().signal;
const write = (name: string, text: string | Uint8Array): void => writeFileSync(`${directory}/${name}`, text);

write('.env', 'DB_USER=etl\nDB_PASSWORD="two words # no comment"\nEMPTY=\nLINES="a\nb"\n');
write(
  'secrets.json',
  '{"etl/warehouse": {"port": 5432.0, "user": "etl"}, "token": "t\\u00e9", "big": 12345678901234567890, "none": null}',
);
write('list.json', '["a"]');
write('broken.json', '{"token": "CANARY-7f3a"');
write('bytes.env', Uint8Array.of(0x41, 0x3d, 0xff));
const database = new DatabaseSync(`${directory}/secrets.db`);
database.exec(`CREATE TABLE pairs (name TEXT, content);
  INSERT INTO pairs VALUES ('text', 'grün'), ('bytes', x'00ff'), ('number', 9007199254740993), ('none', NULL)`);
database.close();
const table = { file: 'secrets.db', table: 'pairs', keyColumn: 'name', valueColumn: 'content' };

async function enter(spec: object, on: Machine | undefined = machine): Promise<ProviderSession | string> {
  const provider = unwrap(bindProvider({ local: spec }));
  const http = { request: () => Promise.reject(new Error('nobody is called')) };
  const none = () => Promise.reject(new Error('nobody is asked'));
  const ports = {
    clock: systemClock,
    http,
    clusterAddress: '',
    token: none,
    credential: none,
    ...(on && { machine: on }),
  };
  const session = await provider.login(ports, never);
  return session.ok ? session.value : session.fault.message;
}

async function read(spec: object, key: string): Promise<string> {
  const session = await enter(spec);
  if (typeof session === 'string') return session;
  const answer = await session.read({ key }, never);
  if (answer.ok) return answer.value.value.revealText() ?? Buffer.from(answer.value.value.reveal()).toString('hex');
  return answer.fault.kind === 'login-expired' ? answer.fault.kind : `${answer.fault.reason}: ${answer.fault.message}`;
}

test.each<[string, object, string, string | RegExp]>([
  ['a line of .env', { dotenv: { file: '.env' } }, 'DB_PASSWORD', 'two words # no comment'],
  ['an empty line of it', { dotenv: { file: '.env' } }, 'EMPTY', ''],
  ['several lines of it', { dotenv: { file: '.env' } }, 'LINES', 'a\nb'],
  ['an absolute path', { dotenv: { file: `${directory}/.env` } }, 'DB_USER', 'etl'],
  ['a text of JSON', { json: { file: 'secrets.json' } }, 'token', 'té'],
  [
    'an object of JSON, as it is written',
    { json: { file: 'secrets.json' } },
    'etl/warehouse',
    '{"port": 5432.0, "user": "etl"}',
  ],
  ['a number of JSON, exactly', { json: { file: 'secrets.json' } }, 'big', '12345678901234567890'],
  ['a variable behind the prefix', { environment: { prefix: 'ETL_' } }, 'DB_PASSWORD', ' p@ss '],
  ['a variable', { environment: {} }, 'OTHER', 'x'],
  ['a text of SQLite', { sqlite: table }, 'text', 'grün'],
  ['bytes of SQLite', { sqlite: table }, 'bytes', '00ff'],
  ['a number of SQLite, exactly', { sqlite: table }, 'number', '9007199254740993'],
  ['no line of .env', { dotenv: { file: '.env' } }, 'NONE', 'KeyNotFound: .env has no NONE'],
  ['null in JSON', { json: { file: 'secrets.json' } }, 'none', 'KeyNotFound: secrets.json has no none'],
  [
    'a name of every object',
    { json: { file: 'secrets.json' } },
    '__proto__',
    'KeyNotFound: secrets.json has no __proto__',
  ],
  ['no variable', { environment: {} }, 'GONE', 'KeyNotFound: the environment has no GONE'],
  ['NULL in SQLite', { sqlite: table }, 'none', 'KeyNotFound: secrets.db has no none'],
  ['no file', { dotenv: { file: 'none.env' } }, 'A', /^ValueNotUsable: none\.env is not there or cannot be read/],
  ['a file that is no text', { dotenv: { file: 'bytes.env' } }, 'A', /^ValueNotUsable: bytes\.env is no text/],
  ['a file that is no JSON', { json: { file: 'broken.json' } }, 'token', 'ValueNotUsable: broken.json is not JSON'],
  ['a list', { json: { file: 'list.json' } }, '0', /^ValueNotUsable: list\.json is no JSON object/],
  ['no database', { sqlite: { ...table, file: 'none.db' } }, 'text', /^ValueNotUsable: none\.db is no SQLite database/],
  ['no such table', { sqlite: { ...table, table: 'none' } }, 'text', /has no table none with name and content$/],
])('reads %s', async (_, spec, key, expected) => {
  const found = await read(spec, key);
  expect(found).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  expect(found).not.toContain('CANARY');
});

test.each<[string, object, readonly string[]]>([
  ['.env', { dotenv: { file: '.env' } }, ['DB_PASSWORD', 'DB_USER', 'EMPTY', 'LINES']],
  ['JSON', { json: { file: 'secrets.json' } }, ['etl/warehouse', 'token', 'big']],
  ['the environment', { environment: { prefix: 'ETL_' } }, ['DB_PASSWORD']],
  ['SQLite', { sqlite: table }, ['text', 'bytes', 'number']],
])('lists what is in %s', async (_, spec, keys) => {
  const session = await enter(spec);
  if (typeof session === 'string') throw new Error(session);
  expect(await session.list?.({ prefix: '', tags: {}, limit: 100 }, never)).toEqual({ ok: true, value: keys });
});

test('without a machine, as in an operator, there is no session', async () => {
  const provider = unwrap(bindProvider({ local: { environment: {} } }));
  const none = () => Promise.reject(new Error('nobody is asked'));
  const ports = { clock: systemClock, http: { request: none }, clusterAddress: '', token: none, credential: none };
  expect(await provider.login(ports, never)).toMatchObject({ ok: false, fault: { reason: 'InvalidSpec' } });
});
