import { globMatches } from '../../api/allowed-keys.ts';
import { parseKeyPattern } from '../../api/key-pattern.ts';
import { type Fault, invalidSpec, unusable } from '../../core/fault.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import type { ReadWant, RemoteReader } from '../../providers/remote-reader.ts';
import { mayRead, type WantedEntry } from './planned-read.ts';
import type { PlannedSearch } from './planned-search.ts';
import type { Namespace } from './resolve-source.ts';

/** A Secret holds 1 MiB, so it will not hold more than this; a store may have many more keys below the prefix. */
const maxFound = 1000;
const maxListed = 10_000;

/** The remote keys that a search finds, as entries, in the order of their names: what the namespace may not read is not found. */
export async function search(
  wish: PlannedSearch,
  namespace: Namespace,
  remote: RemoteReader,
  want: ReadWant,
): Promise<Result<readonly WantedEntry[]>> {
  const { source, prefix, tags = {} } = wish;
  const fits = await nameTest(wish);
  if (!fits.ok) return fits;
  const listed = await remote.list(source.access, namespace.name, { prefix, tags, limit: maxListed }, want);
  const found = mapOk(listed, keys =>
    keys.filter(
      key => key.startsWith(prefix) && fits.value(key.slice(prefix.length)) && mayRead(source, key, namespace),
    ),
  );
  return flatMap(found, keys => entriesFor(wish, keys));
}

type NameTest = (name: string) => boolean;

/** RE2 takes linear time whatever the expression: it is a tenant's. */
async function nameTest({ name, where }: PlannedSearch): Promise<Result<NameTest>> {
  if (name?.glob !== undefined) {
    const glob = parseKeyPattern(name.glob, `${where}.find.name.glob`);
    return mapOk(glob, pattern => (text: string) => globMatches(pattern, text));
  }
  if (name?.regexp === undefined) return ok(() => true);
  const { RE2JS } = await import('re2js');
  try {
    const expression = RE2JS.compile(name.regexp);
    return ok(text => expression.matches(text));
  } catch {
    return failed(invalidSpec(`${where}.find.name.regexp is no regular expression that RE2 takes`));
  }
}

function entriesFor(wish: PlannedSearch, keys: readonly string[]): Result<readonly WantedEntry[]> {
  if (keys.length === 0) return wish.optional ? ok([]) : failed(nothingFound(wish));
  if (keys.length > maxFound) return failed(tooMany(wish, keys.length));
  const bySecretKey = new Map<string, WantedEntry>();
  for (const key of keys) {
    const secretKey = secretKeyFor(key.slice(wish.prefix.length));
    if (secretKey.length > 253) return failed(tooLong(wish, key));
    const other = bySecretKey.get(secretKey);
    if (other) return failed(sameName(wish, other.key, key, secretKey));
    bySecretKey.set(secretKey, entryFor(wish, key, secretKey));
  }
  return ok([...bySecretKey.values()]);
}

const entryFor = ({ where, source, sourceRef }: PlannedSearch, key: string, secretKey: string): WantedEntry => ({
  where: `${where}.find: ${key}`,
  key,
  property: undefined,
  version: undefined,
  sourceRef,
  // Gone since it was listed, or listed although it is deleted, as some stores do: then it was not found.
  optional: true,
  into: { kind: 'key', secretKey, decoding: 'None' },
  source: ok(source),
});

/** As the API server takes it: no other characters, not "." and no ".." in front. */
const secretKeyFor = (name: string): string => name.replace(/[^-._a-zA-Z0-9]/g, '_').replace(/^\.{0,2}$|^\.\./, '_');

/** No proof of absence: a policy may hide what is there. So the last good Secret stays. */
export const nothingFound = ({ where, source, prefix }: PlannedSearch): Fault =>
  unusable(
    `${where}.find: nothing in ${source.access.label}${prefix && ` below ${prefix}`} matches that this namespace may read; look at prefix, name and tags`,
  );

const tooMany = ({ where }: PlannedSearch, count: number): Fault =>
  unusable(`${where}.find: ${count} keys match, and at most ${maxFound} fit; narrow prefix, name or tags`);

const tooLong = ({ where }: PlannedSearch, key: string): Fault =>
  unusable(`${where}.find: the name of ${key} is too long for a key of a Secret; name it in spec.data`);

const sameName = ({ where }: PlannedSearch, one: string, other: string, secretKey: string): Fault =>
  unusable(`${where}.find: ${one} and ${other} would both become key "${secretKey}"; narrow prefix, name or tags`);
