import { type Fault, unusable } from '../../../core/fault.ts';
import { quoted } from '../../../core/quoted.ts';
import { andThen, collect, failed, flatMap, mapOk, ok, type Result } from '../../../core/result.ts';
import type { SecretValue } from '../../../core/secret-value.ts';
import type { RemoteValue } from '../../../providers/provider.ts';
import type { Entry, KeyRules } from '../nouns/observed.ts';
import { decode } from './decode.ts';
import { extractAll, selectProperty } from './property.ts';
import type { SandboxTurn } from './sandbox-turn.ts';
import { cannotBeKey, rewritten, secretKeyFor } from './secret-keys.ts';

/** One key of the Secret, as one remote value gives it. */
export interface Pair {
  readonly key: string;
  readonly value: SecretValue;
  /** What it comes from, for messages: `spec.dataFrom[0]: property "user" of etl/db`. */
  readonly from: string;
}

/** What a remote value is by one entry of the spec: one key of the Secret at once, or all of its pairs. */
export function pairsOf(
  entry: Entry,
  remote: RemoteValue,
  turn: SandboxTurn,
): Result<readonly Pair[]> | Promise<Result<readonly Pair[]>> {
  const { decoding, into, key, property } = entry;
  const from = `${entry.where}: ${key}`;
  if (into.kind === 'key')
    return flatMap(selected(remote, property, from), value =>
      mapOk(decode(value, decoding, from), decoded => [{ key: into.secretKey, value: decoded, from }]),
    );
  const all =
    property === undefined
      ? mapOk(extractAll(remote.value, from), pairs => new Map([...pairs, ...(remote.bytes ?? [])]))
      : flatMap(selected(remote, property, from), value => extractAll(value, from));
  return andThen(all, pairs => extracted(entry, into, pairs, turn));
}

function selected({ value, bytes }: RemoteValue, property: string | undefined, where: string): Result<SecretValue> {
  const [first] = bytes?.keys() ?? [];
  if (property === undefined && first !== undefined)
    return failed(
      unusable(`${where} holds bytes under ${first}, which JSON cannot hold: set property, or take all with extract`),
    );
  const found = property === undefined ? undefined : bytes?.get(property);
  return found === undefined ? selectProperty(value, property, where) : ok(found);
}

/** None at all is more often a mistake at the store than a wish: the Secret would be emptied. */
async function extracted(
  entry: Entry,
  rules: KeyRules,
  pairs: ReadonlyMap<string, SecretValue>,
  turn: SandboxTurn,
): Promise<Result<readonly Pair[]>> {
  const where = `${entry.where}: ${entry.key}`;
  if (pairs.size === 0 && !entry.optional)
    return failed(unusable(`${where} is there, but has no properties: write some, or set optional: true`));
  const keys = await rewritten([...pairs.keys()], rules, entry.where, turn);
  return flatMap(keys, given => collect([...pairs].map((pair, at) => pairOf(entry, rules, pair, given[at] ?? ''))));
}

function pairOf(entry: Entry, rules: KeyRules, [name, value]: [string, SecretValue], given: string): Result<Pair> {
  const key = secretKeyFor(given, rules);
  if (key === undefined) return failed(noSecretKey(entry, name, given));
  const from = `${entry.where}: property ${quoted(name)} of ${entry.key}`;
  return mapOk(decode(value, entry.decoding, from), decoded => ({ key, value: decoded, from }));
}

const noSecretKey = ({ where, key }: Entry, name: string, given: string): Fault =>
  unusable(
    `${where}: ${key} has the property ${quoted(name)}, which ${cannotBeKey(name, given)}: rewrite it, set invalidKeys: Replace, ` +
      'or name the wanted properties one by one in spec.data',
  );
