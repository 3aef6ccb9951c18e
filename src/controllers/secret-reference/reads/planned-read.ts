import { keyTest } from '../../../api/allowed-keys.ts';
import type { SecretReference } from '../../../api/secret-reference.ts';
import { invalid } from '../../../core/fault.ts';
import { failed, flatMap, ok, type Result } from '../../../core/result.ts';
import {
  type Entry,
  labelsUnread,
  type Namespace,
  type PlannedRead,
  type UsableSource,
  type WantedEntry,
} from '../nouns/observed.ts';
import { servedId, sourceNameOf } from './served.ts';

/** Fails closed: with one source that cannot be used or one key that is not allowed, nothing is read. */
export function plannedReads(
  entries: readonly WantedEntry[],
  reference: SecretReference,
  namespace: Namespace,
): Result<readonly PlannedRead[]> {
  const mayRead = readable(namespace);
  const reads = new Map<string, PlannedRead>();
  // Most entries are properties of the same remote secret: one decision serves them all.
  for (const [first, ...rest] of alike(entries)) {
    if (first === undefined) continue;
    const read = readFor(first, namespace, mayRead);
    if (!read.ok) return read;
    const { source, key, version } = read.value;
    const id = JSON.stringify([source.access.uid, key, version]);
    const wanted = [...(reads.get(id)?.entries ?? []), first, ...rest];
    reads.set(id, { ...read.value, entries: wanted });
  }
  return ok(withServed([...reads.values()], reference));
}

/** Those that name the same key of the same source in the same words. */
const alike = (entries: readonly WantedEntry[]): Iterable<readonly WantedEntry[]> =>
  Map.groupBy(entries, ({ source, key, version }) =>
    JSON.stringify([source.ok ? source.value.access.uid : '', key, version]),
  ).values();

type Read = Pick<PlannedRead, 'source' | 'key' | 'version'>;

function readFor(entry: WantedEntry, namespace: Namespace, mayRead: Readable): Result<Read> {
  return flatMap(entry.source, source =>
    flatMap(source.access.provider.canonicalKey(entry.key), key => {
      if (!mayRead(source, key)) return failed(keyNotAllowed(entry, key, source, namespace));
      return ok({ source, key, ...(entry.version === undefined ? {} : { version: entry.version }) });
    }),
  );
}

/** `key` is canonical. */
type Readable = (source: UsableSource, key: string) => boolean;

/** By the namespace as one reconcile saw it: what was worked out for a search is not worked out again for the read. */
const readableByNamespace = new WeakMap<Namespace, Readable>();

/** What a namespace may read. The patterns of each source are put together once. */
export function readable(namespace: Namespace): Readable {
  const made = readableByNamespace.get(namespace) ?? readableBy(namespace);
  readableByNamespace.set(namespace, made);
  return made;
}

function readableBy(namespace: Namespace): Readable {
  const sources = new Map<UsableSource['allowedKeys'], (key: string) => boolean>();
  return ({ allowedKeys, access }, key) => {
    if (allowedKeys === undefined) return true;
    const test = sources.get(allowedKeys) ?? memoized(keyTest(allowedKeys, namespace, access.provider.keyPrefixes));
    sources.set(allowedKeys, test);
    return test(key);
  };
}

function memoized(test: (key: string) => boolean): (key: string) => boolean {
  const answers = new Map<string, boolean>();
  return key => {
    const answer = answers.get(key) ?? test(key);
    answers.set(key, answer);
    return answer;
  };
}

const keyNotAllowed = (entry: Entry, key: string, source: UsableSource, namespace: Namespace) =>
  invalid(
    'KeyNotAllowed',
    `${entry.where}: namespace ${namespace.name} may not read ${key} from ${source.access.label}: ` +
      `name a key that its spec.allowedKeys covers, or ask its owner to add a pattern${spelledOut(key, source)}${withoutLabels(source, namespace)}`,
  );

function withoutLabels({ allowedKeys }: UsableSource, { labels }: Namespace): string {
  const parts = (allowedKeys ?? []).flatMap(({ segments }) => segments.flat());
  return labels === undefined && parts.some(({ kind }) => kind === 'label')
    ? `; {labels.…} stands for nothing: ${labelsUnread}`
    : '';
}

function spelledOut(key: string, { access }: UsableSource): string {
  const prefix = access.provider.keyPrefixes.find(each => key.startsWith(`${each}/`));
  return prefix === undefined ? '' : ` that begins with ${prefix}/, which no * and no variable stands for`;
}

/**
 * Status lists what was read in the order of the reads. A key that is read in two versions is there twice; when one of
 * them was absent, nobody can say which of them is there.
 */
function withServed(reads: readonly PlannedRead[], { status }: SecretReference): readonly PlannedRead[] {
  const idOf = (read: PlannedRead): string => servedId({ source: sourceNameOf(read), key: read.key });
  const now = Map.groupBy(reads, idOf);
  const before = Map.groupBy(status?.remote ?? [], servedId);
  return reads.map(read => {
    const [alike, served] = [now.get(idOf(read)) ?? [], before.get(idOf(read)) ?? []];
    const version = served.length === alike.length ? served[alike.indexOf(read)]?.version : undefined;
    return version === undefined ? read : { ...read, served: version };
  });
}
