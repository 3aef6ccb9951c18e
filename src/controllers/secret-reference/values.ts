import { fromBase64 } from '../../core/base64.ts';
import { type Fault, unusable } from '../../core/fault.ts';
import { failed, flatMap, mapOk, ok, type Result } from '../../core/result.ts';
import { SecretValue } from '../../core/secret-value.ts';
import { extractAll, selectProperty } from '../../providers/property.ts';
import type { RemoteValue } from '../../providers/provider.ts';
import type { Entry, Into } from './entries.ts';
import type { AbsentFault, Answer } from './fetch.ts';

/** The answers as keys of a Secret. */
export interface Material {
  readonly data: ReadonlyMap<string, SecretValue>;
  /** The first proved absence of an entry that is not optional. */
  readonly missing: AbsentFault | undefined;
  /** Whether the remote keys of all entries that are not optional are gone. A property or a version is not the key. */
  readonly allGone: boolean;
}

/** Reads the entries out of the answers, in the order of the spec's precedence. All or nothing. */
export function valuesOf(entries: readonly Entry[], answers: readonly Answer[]): Result<Material> {
  const byEntry = new Map(answers.flatMap(answer => answer.read.entries.map(({ where }) => [where, answer] as const)));
  const data = new Map<string, SecretValue>();
  const missing: AbsentFault[] = [];
  for (const entry of entries) {
    const answer = byEntry.get(entry.where);
    const pairs = answer === undefined ? ok(new Map<string, SecretValue>()) : answeredPairs(entry, answer);
    if (pairs.ok) for (const [key, value] of pairs.value) data.set(key, value);
    else if (pairs.fault.kind !== 'absent') return failed(pairs.fault);
    else if (!entry.optional) missing.push(pairs.fault);
  }
  const needed = entries.filter(entry => !entry.optional).length;
  const gone = missing.filter(({ reason }) => reason === 'KeyNotFound').length;
  return ok({ data, missing: missing[0], allGone: needed > 0 && gone === needed });
}

type Pairs = ReadonlyMap<string, SecretValue>;

/** What is wrong with a value is the fault of the source that it came from. */
function answeredPairs(entry: Entry, { read, found }: Answer): Result<Pairs> {
  const pairs = flatMap<RemoteValue, Pairs, Fault>(found, remote => pairsOf(entry, remote));
  return pairs.ok ? pairs : failed({ ...pairs.fault, sourceUid: read.source.access.uid });
}

function pairsOf(entry: Entry, { value }: RemoteValue): Result<Pairs> {
  const where = `${entry.where}: ${entry.key}`;
  return flatMap(selectProperty(value, entry.property, where), selected =>
    entry.into.kind === 'pairs' ? extracted(entry, selected, where) : single(entry.into, selected, where),
  );
}

/** None at all is more often a mistake at the store than a wish: the Secret would be emptied. */
function extracted({ optional }: Entry, value: SecretValue, where: string): Result<Pairs> {
  return flatMap(extractAll(value, where), pairs => {
    if (pairs.size === 0 && !optional)
      return failed(unusable(`${where} is there, but has no properties: write some, or set optional: true`));
    return [...pairs.keys()].every(isSecretKey)
      ? ok(pairs)
      : failed(
          unusable(
            `${where} has a name that cannot be a key of a Secret (letters, digits, "-", "_" and "." only, at most 253): ` +
              'name the wanted properties one by one in spec.data',
          ),
        );
  });
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
