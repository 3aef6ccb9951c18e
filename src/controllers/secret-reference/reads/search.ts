import { loopYielder } from '../../../async/loop-yielder.ts';
import type { Clock } from '../../../core/clock.ts';
import { type Fault, unavailable, unusable } from '../../../core/fault.ts';
import { andThen, failed, flatMap, ok, type Result } from '../../../core/result.ts';
import type { ReadWant, RemoteReader } from '../../../remote/ports.ts';
import { leftOutNote } from '../nouns/desired.ts';
import type { Namespace, PlannedSearch, WantedEntry } from '../nouns/observed.ts';
import { globTest, matchExpression } from './name-test.ts';
import { readable } from './planned-read.ts';
import type { SandboxTurn } from './sandbox-turn.ts';
import { cannotBeKey, rewritten, secretKeyFor } from './secret-keys.ts';

/** A Secret holds 1 MiB, so it will not hold more than this; a store may have many more keys below the prefix. */
const maxFound = 1000;
const maxListed = 10_000;
/** What `remoteRef.key` takes: a store that lists longer names has them for nobody. */
const maxKey = 1024;

/** What a search needs to know of the reconcile that it is a part of. */
export interface SearchContext extends ReadWant, SandboxTurn {
  readonly clock: Clock;
}

/** What a search found, in the order of the names. */
export interface Found {
  readonly entries: readonly WantedEntry[];
  /** Remote keys that match and have no place in the Secret: no reference can name them, or nothing is left behind the prefix. */
  readonly leftOut: readonly string[];
}

/** The remote keys that a search finds, as entries: what the namespace may not read is not found. */
export async function search(
  wish: PlannedSearch,
  namespace: Namespace,
  remote: Pick<RemoteReader, 'list'>,
  context: SearchContext,
): Promise<Result<Found>> {
  const { source, prefix, tags = {} } = wish;
  const fits = globTest(wish);
  if (!fits.ok) return fits;
  // Before the store is asked: an expression that cannot be used is reported also while there is no store.
  const usable = await matchExpression([], wish, context);
  if (!usable.ok) return usable;
  const listed = await remote.list(source.access, namespace.name, { prefix, tags, limit: maxListed }, context);
  const mayRead = readable(namespace);
  const isFound = (key: string): boolean =>
    key.length <= maxKey && key.startsWith(prefix) && fits.value(key.slice(prefix.length)) && mayRead(source, key);
  const likely = await andThen(listed, keys => filter(keys, isFound, wish, context));
  const found = await andThen(likely, keys => matchExpression(keys, wish, context));
  return andThen(found, keys => entriesFor(wish, split(keys, wish), context));
}

/** By all but the expression. Tenants choose how many names there are, so others run between two looks. */
async function filter(
  listed: readonly string[],
  isFound: (key: string) => boolean,
  { where }: PlannedSearch,
  { clock, signal, isWanted }: SearchContext,
): Promise<Result<readonly string[]>> {
  const yieldLoop = loopYielder(clock);
  const keys: string[] = [];
  for (const key of listed) {
    await yieldLoop();
    if (signal.aborted || !isWanted()) return failed(unavailable(`${where}.find is no longer asked for`));
    if (isFound(key)) keys.push(key);
  }
  return ok(keys);
}

interface Keys {
  readonly keys: readonly string[];
  readonly leftOut: Found['leftOut'];
}

function split(found: readonly string[], wish: PlannedSearch): Keys {
  const { true: keys = [], false: leftOut = [] } = Object.groupBy(found, key => `${hasPlace(key, wish)}`);
  return { keys, leftOut };
}

/** `etl/db` found by the prefix `etl/db` has no name left, and `etl/a%2Fb` is what no reference can ask Vault for. */
function hasPlace(key: string, { prefix, source }: PlannedSearch): boolean {
  if (key === prefix) return false;
  const canonical = source.access.provider.canonicalKey(key);
  return canonical.ok && canonical.value === key;
}

async function entriesFor(wish: PlannedSearch, { keys, leftOut }: Keys, turn: SandboxTurn): Promise<Result<Found>> {
  if (keys.length === 0) return wish.optional ? ok({ entries: [], leftOut }) : failed(nothingFound(wish, leftOut));
  if (keys.length > maxFound) return failed(tooMany(wish, keys.length));
  const names = keys.map(key => key.slice(wish.prefix.length));
  const renamed = await rewritten(names, wish, wish.where, turn);
  return flatMap(renamed, secretKeys => {
    const entries: WantedEntry[] = [];
    for (const [index, key] of keys.entries()) {
      const [name = '', given = ''] = [names[index], secretKeys[index]];
      const secretKey = secretKeyFor(given, wish);
      if (secretKey === undefined) return failed(noSecretKey(wish, key, name, given));
      entries.push(entryFor(wish, key, secretKey));
    }
    return ok({ entries, leftOut });
  });
}

const entryFor = (
  { origin, where, source, sourceRef, decoding, onConflict }: PlannedSearch,
  key: string,
  secretKey: string,
): WantedEntry => ({
  origin,
  where: `${where}.find`,
  key,
  property: undefined,
  version: undefined,
  sourceRef,
  // Gone since it was listed, or listed although it is deleted, as some stores do: then it was not found.
  optional: true,
  decoding,
  onConflict,
  into: { kind: 'key', secretKey },
  source: ok(source),
});

/** No proof of absence: a policy may hide what is there. So the last good Secret stays. */
export const nothingFound = ({ where, source, prefix }: PlannedSearch, leftOut: Found['leftOut'] = []): Fault =>
  unusable(
    `${where}.find: nothing in ${source.access.label}${prefix && ` below ${prefix}`} matches that this namespace may read${leftOutNote(leftOut)}; look at prefix, name and tags`,
  );

const tooMany = ({ where }: PlannedSearch, count: number): Fault =>
  unusable(`${where}.find: ${count} keys match, and at most ${maxFound} fit; narrow prefix, name or tags`);

const noSecretKey = ({ where }: PlannedSearch, key: string, name: string, given: string): Fault =>
  unusable(`${where}.find: the name of ${key} ${cannotBeKey(name, given)}: rewrite it, or name it in spec.data`);
