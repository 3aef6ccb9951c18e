import { type Fault, invalidSpec, unusable } from '../../core/fault.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { parseBody } from '../kit/json-body.ts';
import type { ListAnswer, ListRequest, LoginExpired } from '../provider.ts';
import { NameList } from './answers.ts';
import { notKubernetes, statusFault } from './faults.ts';
import { isLabel, keyOf, type Resource, resources } from './keys.ts';
import { call, type Store } from './store.ts';

/** What has to be listed for a prefix: the narrower, the fewer rights it takes. */
interface Shelf {
  readonly resource: Resource;
  /** Absent: all namespaces, which takes a ClusterRole. */
  readonly namespace?: string;
}

/** Lists names only, page by page, and keeps those with the prefix. */
export async function listKeys(
  store: Store,
  { prefix, tags, limit }: ListRequest,
  signal: AbortSignal,
): Promise<ListAnswer> {
  const shelves = shelvesOf(prefix);
  if (!shelves.ok) return shelves;
  const selector = selectorOf(tags);
  if (!selector.ok) return selector;
  const found: string[] = [];
  for (const shelf of shelves.value) {
    const fault = await collect({ store, shelf, selector: selector.value, prefix, limit }, found, signal);
    if (fault) return failed(fault);
  }
  return ok(found);
}

/** `secrets/etl/x` needs only the Secrets of etl; `sec` and the empty prefix those of all namespaces. */
function shelvesOf(prefix: string): Result<readonly Shelf[]> {
  const [first = '', namespace, ...rest] = prefix.split('/');
  const matching = resources.filter(each => (namespace === undefined ? each.startsWith(first) : each === first));
  if (matching.length === 0) return failed(invalidSpec('find.prefix begins with secrets/ or configmaps/'));
  if (namespace === undefined || rest.length === 0) return ok(matching.map(resource => ({ resource })));
  if (!isLabel(namespace)) return failed(invalidSpec('find.prefix has no good namespace: secrets/NAMESPACE/…'));
  return ok(matching.map(resource => ({ resource, namespace })));
}

/** What we wrote ourselves is left out: a reference that finds its own target would grow with each reconcile. */
function selectorOf(tags: ListRequest['tags']): Result<string> {
  const wrong = Object.entries(tags).find(([name, value]) => !isLabelName(name) || !isLabelValue(value))?.[0];
  if (wrong !== undefined)
    return failed(invalidSpec('find.tags are labels here: names and values must be those of labels'));
  return ok(['!shearline.dev/managed', ...Object.entries(tags).map(([name, value]) => `${name}=${value}`)].join(','));
}

const isLabelName = (text: string): boolean =>
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(text);
const isLabelValue = (text: string): boolean => /^([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$/.test(text);

interface Listing {
  readonly store: Store;
  readonly shelf: Shelf;
  readonly selector: string;
  readonly prefix: string;
  readonly limit: number;
}

const pageSize = 250;
/** Of objects that have another prefix too: a cluster of that many is not searched by name. */
const maxPages = 200;

/** All pages of one shelf into `found`; answers why it could not. */
async function collect(
  { store, shelf, selector, prefix, limit }: Listing,
  found: string[],
  signal: AbortSignal,
): Promise<Fault | LoginExpired | undefined> {
  let next = '';
  for (let page = 0; page < maxPages; page++) {
    const answer = await call(store, { path: pathOf(shelf, selector, next), accept: namesOnly }, signal);
    if (!answer.ok) return answer.fault;
    if (answer.value.status !== 200) return statusFault(store, { verb: 'list', ...shelf }, answer.value);
    const names = parseBody(NameList, answer.value);
    if (!names) return notKubernetes(store, 200);
    const keys = names.items.map(({ metadata }) => keyOf({ resource: shelf.resource, ...metadata }));
    for (const key of keys) if (key.startsWith(prefix)) found.push(key);
    if (found.length > limit) return unusable(`${store.name} has more than ${limit} such objects: narrow find.prefix`);
    next = names.metadata.continue ?? '';
    if (next === '') return undefined;
  }
  return unusable(
    `${store.name} has more than ${maxPages * pageSize} ${shelf.resource}: narrow find.prefix to a namespace`,
  );
}

const namesOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

function pathOf({ resource, namespace }: Shelf, selector: string, next: string): string {
  const path = namespace === undefined ? `/api/v1/${resource}` : `/api/v1/namespaces/${namespace}/${resource}`;
  const query = new URLSearchParams({ limit: `${pageSize}`, labelSelector: selector, ...(next && { continue: next }) });
  return `${path}?${query}`;
}
