import type { SecretReference } from '../../../api/secret-reference/secret-reference.ts';
import { servedId } from '../../../api/secret-reference/served.ts';
import { deniedTest, keyTest } from '../../../api/secret-source/allowed-keys.ts';
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
import { sourceNameOf } from './served.ts';

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
    const id = readId(source.access.uid, key, version);
    const wanted = [...(reads.get(id)?.entries ?? []), first, ...rest];
    reads.set(id, { ...read.value, entries: wanted });
  }
  return ok(withServed([...reads.values()], reference));
}

/** Those that name the same key of the same source in the same words. */
const alike = (entries: readonly WantedEntry[]): Iterable<readonly WantedEntry[]> =>
  Map.groupBy(entries, ({ source, key, version }) =>
    readId(source.ok ? source.value.access.uid : '', key, version),
  ).values();

/** A version is any text, so it is quoted: the three stay apart. */
const readId = (uid: string, key: string, version: string | undefined): string =>
  `${uid} ${version === undefined ? '' : JSON.stringify(version)} ${key}`;

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
  const sources = new Map<UsableSource['object'], (key: string) => boolean>();
  return (source, key) => {
    if (source.allowedKeys === undefined && source.policy.deniedKeys.length === 0) return true;
    const test = sources.get(source.object) ?? memoized(testFor(source, namespace));
    sources.set(source.object, test);
    return test(key);
  };
}

/** Denied wins. */
function testFor({ allowedKeys, policy, access }: UsableSource, namespace: Namespace): (key: string) => boolean {
  const isDenied = deniedTest(policy.deniedKeys, namespace);
  const isAllowed =
    allowedKeys === undefined ? () => true : keyTest(allowedKeys, namespace, access.provider.keyPrefixes);
  return key => !isDenied(key) && isAllowed(key);
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
    `${entry.where}: namespace ${namespace.name} may not read ${key} from ${source.access.label}: ${remedy(key, source, namespace)}`,
  );

const remedy = (key: string, source: UsableSource, namespace: Namespace): string =>
  deniedTest(source.policy.deniedKeys, namespace)(key)
    ? 'its spec.policy.deniedKeys covers that key, whatever is allowed: name another one, or ask its owner'
    : `name a key that its spec.allowedKeys covers, or ask its owner to add a pattern${spelledOut(key, source)}${withoutLabels(source, namespace)}`;

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
  if (status === undefined || status.remote.length === 0) return reads;
  const idOf = (read: PlannedRead): string => servedId({ source: sourceNameOf(read), key: read.key });
  const now = Map.groupBy(reads, idOf);
  const before = Map.groupBy(status.remote, servedId);
  return reads.map(read => {
    const [alike, served] = [now.get(idOf(read)) ?? [], before.get(idOf(read)) ?? []];
    const version = served.length === alike.length ? served[alike.indexOf(read)]?.version : undefined;
    return version === undefined ? read : { ...read, served: version };
  });
}
