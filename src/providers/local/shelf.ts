import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { unusable } from '../../core/fault.ts';
import { isNull, type JsonNode, jsonFlaws, parseJson } from '../../core/json.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { Machine } from '../provider.ts';
import type { LocalSpec } from './spec.ts';

/** What is on this machine under one name: values by remote key. */
export interface Shelf {
  /** In messages: `.env`. */
  readonly name: string;
  readonly find: (key: string) => SecretValue | undefined;
  readonly keys: () => readonly string[];
  readonly close: () => void;
}

/** Opens what the spec names. The database is loaded only for who has one. */
export async function openShelf(spec: LocalSpec, machine: Machine): Promise<Result<Shelf>> {
  const { dotenv, json, environment, sqlite } = spec;
  if (dotenv) return flatMap(await textOf(dotenv.file, machine), text => ok(shelfOf(dotenv.file, pairsIn(text))));
  if (json) return flatMap(await textOf(json.file, machine), text => membersOf(json.file, text));
  if (environment) return ok(shelfOf('the environment', named(environment.prefix, machine.environment)));
  if (sqlite)
    return (await import('./sqlite.ts')).openTable({ ...sqlite, file: resolve(machine.directory, sqlite.file) });
  return failed(unusable('spec.provider.local names nothing to read'));
}

async function textOf(file: string, { directory }: Machine): Promise<Result<string>> {
  const bytes = await readFile(resolve(directory, file)).catch(() => undefined);
  if (bytes === undefined)
    return failed(unusable(`${basename(file)} is not there or cannot be read: look at spec.provider.local`));
  return isUtf8(bytes) ? ok(bytes.toString('utf8')) : failed(unusable(`${basename(file)} is no text in UTF-8`));
}

/** As `node --env-file` reads it. */
const pairsIn = (text: string): ReadonlyMap<string, SecretValue> => valuesOf(parseEnv(text));

const named = (prefix: string, environment: Machine['environment']): ReadonlyMap<string, SecretValue> =>
  new Map(
    [...valuesOf(environment)].flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

const valuesOf = (pairs: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, SecretValue> =>
  new Map(
    Object.entries(pairs).flatMap(([name, text]) => (text === undefined ? [] : [[name, SecretValue.fromText(text)]])),
  );

/** Texts as they are; numbers and objects as they are written. */
function membersOf(file: string, text: string): Result<Shelf> {
  const parsed = parseJson(text);
  if (!parsed.ok)
    return failed(
      unusable(`${basename(file)} ${parsed.fault === 'malformed' ? 'is not JSON' : jsonFlaws[parsed.fault]}`),
    );
  if (parsed.value.kind !== 'object')
    return failed(unusable(`${basename(file)} is no JSON object: its members are the remote keys`));
  const members = [...parsed.value.members].filter(([, node]) => !isNull(node));
  return ok(shelfOf(file, new Map(members.map(([name, node]) => [name, textValue(node)]))));
}

const textValue = (node: JsonNode): SecretValue =>
  SecretValue.fromText(node.kind === 'string' ? node.text : node.source);

const shelfOf = (file: string, values: ReadonlyMap<string, SecretValue>): Shelf => ({
  name: basename(file),
  find: key => values.get(key),
  keys: () => [...values.keys()],
  close: () => undefined,
});
