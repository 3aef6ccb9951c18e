import { type Fault, invalidSpec, unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import type { ListAnswer, ListRequest } from '../provider.ts';
import { SecretList } from './answers.ts';
import { parentOf } from './endpoints.ts';
import { notGoogle, replyFault } from './faults.ts';
import type { Store } from './store.ts';

const pageSize = 250;
/** Of secrets that only contain the prefix, too: a project of that many is not searched by name. */
const maxPages = 100;

/** Names of secrets, page by page. Google's filter only saves pages: what counts is decided here. */
export async function listKeys(store: Store, request: ListRequest, signal: AbortSignal): Promise<ListAnswer> {
  const wrong = complaint(request);
  if (wrong) return failed(wrong);
  const { spec, client, name } = store;
  const found: string[] = [];
  let pageToken = '';
  for (let page = 0; page < maxPages; page++) {
    const query = { parent: parentOf(spec), pageSize, pageToken, filter: filterOf(request) };
    const reply = await client.call('listSecrets', query, signal);
    if (!reply.ok) return failed(replyFault(store, asked, reply.fault));
    const { data: list } = SecretList.safeParse(reply.value);
    if (!list) return failed(notGoogle(name, 200));
    for (const secret of list.secrets) if (isWanted(request, secret)) found.push(keyOf(secret));
    if (found.length > request.limit) return failed(tooMany(`${name} has more than ${request.limit} such secrets`));
    pageToken = list.nextPageToken;
    if (pageToken === '') return ok(found);
  }
  return failed(tooMany(`${name} has more than ${maxPages * pageSize} secrets to look through`));
}

const asked = { what: 'list its secrets', role: 'roles/secretmanager.viewer on the project' };

const tooMany = (what: string): Fault => unusable(`${what}: narrow find.prefix`);

/** What no secret can have is a mistake, and nothing of it must get into the language of filters. */
function complaint({ prefix, tags }: ListRequest): Fault | undefined {
  if (!/^[A-Za-z0-9_-]{0,255}$/.test(prefix))
    return invalidSpec('find.prefix is the beginning of a name: letters, digits, "_" and "-"');
  const isLabel = ([key, value]: readonly [string, string]) => labelKey.test(key) && labelValue.test(value);
  if (Object.entries(tags).every(isLabel)) return undefined;
  return invalidSpec(
    'find.tags are labels here: to 63 lower-case letters, digits, "_" and "-", and a name begins with a letter',
  );
}

const labelKey = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const labelValue = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;

/** Contains instead of begins, and only labels of the plainest form, of which the documentation has an example. */
function filterOf({ prefix, tags }: ListRequest): string {
  const plain = Object.entries(tags).filter(
    ([key, value]) => /^[a-z][a-z0-9_]*$/.test(key) && /^[a-z0-9_]+$/.test(value),
  );
  const name = /^(?!(AND|OR|NOT)$)[A-Za-z0-9]/.test(prefix) ? [`name:${prefix}`] : [];
  return [...name, ...plain.map(([key, value]) => `labels.${key}=${value}`)].join(' AND ');
}

interface Secret {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const isWanted = ({ prefix, tags }: ListRequest, secret: Secret): boolean =>
  keyOf(secret).startsWith(prefix) && Object.entries(tags).every(([key, value]) => secret.labels[key] === value);

const keyOf = ({ name }: Secret): string => name.slice(name.lastIndexOf('/') + 1);
