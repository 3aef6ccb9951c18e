import { isJsonObject, type JsonObject, parseUntyped, textOf } from '../../core/untyped.ts';
import type { ManifestDocument, Path } from '../documents.ts';
import { pathText } from '../own-kinds.ts';
import type { LintFinding } from './finding.ts';
import { suspicionOf } from './secret-names.ts';
import { isPlaceholder, knownShape, looksRandom } from './secret-values.ts';

/** Secrets in plaintext: by the names of fields, by what a text looks like, and whatever is in a Secret that is kept in a file. */

/** Their fields name secrets and hold none: `secretKey` is the name of a key. */
const ofOperators = /(^|\.)(shearline\.dev|external-secrets\.io|bitnami\.com)\//;
const mostFindings = 1000;

export function plaintextIn(document: ManifestDocument): readonly LintFinding[] {
  const { value } = document;
  // Encrypted in place: what is left in plaintext is not secret.
  if (isJsonObject(value) && value.sops !== undefined) return [];
  const found: LintFinding[] = [];
  for (const { path, what } of secretsIn(value)) {
    if (found.length >= mostFindings) break;
    found.push({
      ...document.placeOf(path),
      rule: 'plaintext-secret',
      message: `${pathText(path)} is ${what}: ********`,
    });
  }
  return found;
}

interface Secret {
  readonly path: Path;
  readonly what: string;
}

function* secretsIn(value: unknown): Generator<Secret> {
  if (!isJsonObject(value)) return yield* walk(value, [], true);
  if (value.kind === 'List' && Array.isArray(value.items)) {
    for (const [at, item] of value.items.entries())
      for (const { path, what } of secretsIn(item)) yield { path: ['items', at, ...path], what };
    return;
  }
  if (value.kind === 'Secret' && value.apiVersion === 'v1') return yield* inSecret(value);
  const byName = !ofOperators.test(textOf(value.apiVersion) ?? '');
  yield* walk(value, [], byName);
}

/** base64 is no encryption. */
function* inSecret({ data, stringData }: JsonObject): Generator<Secret> {
  const what = 'a value of a Secret in a file';
  for (const [name, value] of entriesOf(data))
    if (!isPlaceholder(value) && !isPlaceholder(Buffer.from(value, 'base64').toString()))
      yield { path: ['data', name], what };
  for (const [name, value] of entriesOf(stringData))
    if (!isPlaceholder(value)) yield { path: ['stringData', name], what };
}

const entriesOf = (map: unknown): readonly (readonly [string, string])[] =>
  Object.entries(isJsonObject(map) ? map : {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );

function* walk(value: unknown, path: Path, byName: boolean): Generator<Secret> {
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) yield* walk(each, [...path, at], byName);
  } else if (isJsonObject(value)) {
    yield* inVariable(value, path, byName);
    for (const [name, each] of Object.entries(value)) yield* walk(each, [...path, name], byName);
  } else {
    const name = path.findLast(part => typeof part === 'string') ?? '';
    const what = secretText(String(name), value, byName);
    if (what !== undefined) yield { path, what };
  }
}

/** `{name: DB_PASSWORD, value: …}`, as environments and parameters are written. */
function* inVariable({ name, value }: JsonObject, path: Path, byName: boolean): Generator<Secret> {
  const what = typeof name === 'string' ? secretByName(name, value, byName) : undefined;
  if (what !== undefined && knownIn(value) === undefined) yield { path: [...path, 'value'], what };
}

/** What a value below a name is, if it is a secret. For files of lines, too. */
export function secretText(name: string, value: unknown, byName = true): string | undefined {
  return knownIn(value) ?? secretByName(name, value, byName);
}

function knownIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return knownShape(value) ?? inJson(value);
}

/** A connection's `extra` and the like: JSON in a text. */
function inJson(value: string): string | undefined {
  const parsed = /^\s*\{/.test(value) ? parseUntyped(value) : undefined;
  const [first] = isJsonObject(parsed)
    ? Object.entries(parsed).flatMap(([name, each]) => secretByName(name, each, true) ?? [])
    : [];
  return first;
}

function secretByName(name: string, value: unknown, byName: boolean): string | undefined {
  const suspicion = byName ? suspicionOf(name) : undefined;
  if (suspicion === undefined) return undefined;
  // A number can be a password; it is no token.
  if (typeof value === 'number') return suspicion === 'strong' && value > 999 ? 'a secret in plaintext' : undefined;
  if (typeof value !== 'string' || isPlaceholder(value)) return undefined;
  return suspicion === 'strong' || looksRandom(value) ? 'a secret in plaintext' : undefined;
}
