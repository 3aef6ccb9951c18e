import { loopYielder } from '../../async/loop-yielder.ts';
import type { Clock } from '../../core/clock.ts';
import { type AbsentFault, type Fault, tooLarge, unusable } from '../../core/fault.ts';
import { quoted } from '../../core/quoted.ts';
import { failed, flatMap, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { Answer, Material } from './nouns/desired.ts';
import type { Entry } from './nouns/observed.ts';
import { type Pair, pairsOf } from './reads/pairs.ts';
import type { SandboxTurn } from './reads/sandbox-turn.ts';

/**
 * Reads the entries out of the answers, in the order of the spec's precedence. All or nothing. Others run between two
 * entries: a reference has hundreds, and each may be a document of its own.
 */
export async function valuesOf(answers: readonly Answer[], clock: Clock, turn: SandboxTurn): Promise<Result<Material>> {
  const yieldLoop = loopYielder(clock);
  const wanted = answers.flatMap(answer => answer.read.entries.map(entry => ({ entry, answer })));
  const given: Given = { pairs: new Map(), bytes: 0 };
  const missing: AbsentFault[] = [];
  for (const { entry, answer } of wanted.toSorted((a, b) => byPrecedence(a.entry, b.entry))) {
    await yieldLoop();
    const pairs = answer.found.ok ? await pairsOf(entry, answer.found.value, turn) : answer.found;
    const taken = flatMap(orFallback(pairs, entry), each => take(each, entry, given));
    if (taken.ok) continue;
    // What is wrong with a value is the fault of the source that it came from.
    const fault = { ...taken.fault, sourceUid: answer.read.source.access.uid };
    if (fault.kind !== 'absent') return failed(fault);
    if (!entry.optional) missing.push(fault);
  }
  const needed = wanted.filter(({ entry }) => !entry.optional && entry.fallback === undefined).length;
  const gone = missing.filter(({ reason }) => reason === 'KeyNotFound').length;
  const data = new Map([...given.pairs].map(([key, { value }]) => [key, value]));
  return ok({ data, missing: missing[0], allGone: needed > 0 && gone === needed });
}

/** `dataFrom` first: a key that is named by itself wins over all others. What one search found, in the order of its keys. */
function byPrecedence(a: Entry, b: Entry): number {
  if (a.origin.list !== b.origin.list) return a.origin.list === 'dataFrom' ? -1 : 1;
  return a.origin.index - b.origin.index || (a.key < b.key ? -1 : Number(a.key > b.key));
}

function orFallback(pairs: Result<readonly Pair[]>, { fallback, into, where }: Entry): Result<readonly Pair[]> {
  if (pairs.ok || pairs.fault.kind !== 'absent' || fallback === undefined || into.kind !== 'key') return pairs;
  return ok([{ key: into.secretKey, value: SecretValue.fromText(fallback), from: where }]);
}

interface Given {
  readonly pairs: Map<string, Pair>;
  bytes: number;
}

/**
 * Of all keys together, for templates may make less of them. One remote secret of a megabyte may be under 256 keys, each
 * decoded for itself.
 */
const mostMiB = 2;

/** Two origins of one key are more often a mistake than a wish: the Secret would hold another value than its reader thinks. */
function take(pairs: readonly Pair[], entry: Entry, given: Given): Result<void> {
  for (const pair of pairs) {
    const earlier = given.pairs.get(pair.key);
    if (earlier !== undefined && entry.onConflict === 'First') continue;
    if (earlier !== undefined && entry.onConflict === 'Error') return failed(givenTwice(earlier, pair, entry));
    given.pairs.set(pair.key, pair);
    given.bytes += pair.value.size - (earlier?.value.size ?? 0);
    if (given.bytes > mostMiB * 1024 * 1024) return failed(tooMuch);
  }
  return ok(undefined);
}

const tooMuch = tooLarge(
  `the values of spec.data and spec.dataFrom have more than ${mostMiB} MiB together, and a Secret holds 1 MiB: read fewer, or smaller ones`,
);

const givenTwice = (earlier: Pair, { key, from }: Pair, { origin }: Entry): Fault =>
  unusable(
    `${earlier.from} and ${from} both give the key ${quoted(key)}: ` +
      `set onConflict of spec.dataFrom[${origin.index}] to First or Last, or take one of them out`,
  );
