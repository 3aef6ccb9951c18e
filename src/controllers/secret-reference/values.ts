import { loopYielder } from '../../async/loop-yielder.ts';
import { fromBase64 } from '../../core/base64.ts';
import type { Clock } from '../../core/clock.ts';
import { type AbsentFault, type Fault, unusable } from '../../core/fault.ts';
import { quoted } from '../../core/quoted.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import type { RemoteValue } from '../../providers/provider.ts';
import type { Answer, Material } from './nouns/desired.ts';
import type { Entry, Into, Origin } from './nouns/observed.ts';
import { extractAll, selectProperty } from './reads/property.ts';

/**
 * Reads the entries out of the answers, in the order of the spec's precedence. All or nothing. Others run between two
 * entries: a reference has hundreds, and each may be a document of its own.
 */
export async function valuesOf(answers: readonly Answer[], clock: Clock): Promise<Result<Material>> {
  const yieldLoop = loopYielder(clock);
  const wanted = answers.flatMap(answer => answer.read.entries.map(entry => ({ entry, answer })));
  const data = new Map<string, SecretValue>();
  const missing: AbsentFault[] = [];
  for (const { entry, answer } of wanted.toSorted((a, b) => byPrecedence(a.entry.origin, b.entry.origin))) {
    await yieldLoop();
    const pairs = answeredPairs(entry, answer);
    if (pairs.ok) for (const [key, value] of pairs.value) data.set(key, value);
    else if (pairs.fault.kind !== 'absent') return failed(pairs.fault);
    else if (!entry.optional) missing.push(pairs.fault);
  }
  const needed = wanted.filter(({ entry }) => !entry.optional).length;
  const gone = missing.filter(({ reason }) => reason === 'KeyNotFound').length;
  return ok({ data, missing: missing[0], allGone: needed > 0 && gone === needed });
}

/** `dataFrom` first: what comes later wins, and a key that is named by itself wins over extracted ones. */
const byPrecedence = (a: Origin, b: Origin): number =>
  a.list === b.list ? a.index - b.index : a.list === 'dataFrom' ? -1 : 1;

type Pairs = ReadonlyMap<string, SecretValue>;

/** What is wrong with a value is the fault of the source that it came from. */
function answeredPairs(entry: Entry, { read, found }: Answer): Result<Pairs> {
  const pairs = flatMap<RemoteValue, Pairs, Fault>(found, remote => pairsOf(entry, remote));
  return pairs.ok ? pairs : failed({ ...pairs.fault, sourceUid: read.source.access.uid });
}

function pairsOf(entry: Entry, remote: RemoteValue): Result<Pairs> {
  const where = `${entry.where}: ${entry.key}`;
  const { into, property } = entry;
  if (into.kind === 'key') return flatMap(selected(remote, property, where), value => single(into, value, where));
  if (property === undefined)
    return flatMap(extractAll(remote.value, where), pairs =>
      extracted(entry, new Map([...pairs, ...(remote.bytes ?? [])]), where),
    );
  return flatMap(selected(remote, property, where), value =>
    flatMap(extractAll(value, where), pairs => extracted(entry, pairs, where)),
  );
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
function extracted({ optional }: Entry, pairs: Pairs, where: string): Result<Pairs> {
  if (pairs.size === 0 && !optional)
    return failed(unusable(`${where} is there, but has no properties: write some, or set optional: true`));
  const wrong = [...pairs.keys()].find(key => !isSecretKey(key));
  if (wrong === undefined) return ok(pairs);
  return failed(
    unusable(
      `${where} has the property ${quoted(wrong)}, which cannot be a key of a Secret (letters, digits, "-", "_" and "." ` +
        'only, at most 253): name the wanted properties one by one in spec.data',
    ),
  );
}

/** As the API server takes it (IsConfigMapKey in k8s.io/apimachinery). */
const isSecretKey = (key: string): boolean =>
  /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..');

const single = (into: Extract<Into, { kind: 'key' }>, value: SecretValue, where: string): Result<Pairs> =>
  mapOk(decoded(into.decoding, value, where), decodedValue => new Map([[into.secretKey, decodedValue]]));

function decoded(decoding: 'None' | 'Base64' | 'Base64URL', value: SecretValue, where: string): Result<SecretValue> {
  if (decoding === 'None') return ok(value);
  // Tools break the lines.
  const digits = value.revealText()?.replaceAll(/[\r\n]/g, '');
  const bytes = digits === undefined ? undefined : fromBase64(digits, decoding === 'Base64' ? 'base64' : 'base64url');
  if (bytes === undefined) return failed(unusable(`${where} is not ${decoding}: store it so, or change decoding`));
  return ok(new SecretValue(bytes));
}
