import type { Filter, ListSecretsCommandOutput } from '@aws-sdk/client-secrets-manager';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { unusable } from '../../core/fault.ts';
import { failed, ok } from '../../core/result.ts';
import { answerOf, notAws } from '../aws/refusal.ts';
import { refusalFault, unclear } from '../aws/store.ts';
import type { ListAnswer, ListRequest } from '../provider.ts';
import type { SecretsStore } from './faults.ts';

const maxPages = 1000;

/** All names with the prefix and the tags. AWS's filters only narrow what is sent: its own matching is looser than ours. */
export async function listNames(store: SecretsStore, request: ListRequest, signal: AbortSignal): Promise<ListAnswer> {
  const names: string[] = [];
  let token: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const answer = await fetchPage(store, request, token, signal);
    if (!answer.ok) return answer;
    const { SecretList, NextToken } = answer.value;
    if (SecretList === undefined) return failed(notAws(store.name, 200));
    for (const name of SecretList.flatMap(entry => nameOf(entry, request))) names.push(name);
    if (names.length > request.limit) break;
    if (NextToken === undefined) return ok(names);
    token = NextToken;
  }
  return failed(
    unusable(`${store.name} has more than ${request.limit} secrets that match: narrow the prefix or the tags`),
  );
}

async function fetchPage(store: SecretsStore, request: ListRequest, token: string | undefined, signal: AbortSignal) {
  const next = token === undefined ? {} : { NextToken: token };
  const command = new ListSecretsCommand({ MaxResults: 100, Filters: filters(request), ...next });
  const answer = await answerOf(options => store.client.send(command, options), signal);
  if (answer.ok) return answer;
  const asked = { what: 'the list of secrets', action: 'secretsmanager:ListSecrets' };
  return failed(refusalFault(store, asked, answer.fault) ?? unclear(store, asked));
}

/** What AWS takes as the value of a filter; a "!" in front would turn its meaning round. */
const filterable = /^[A-Za-z0-9 :_@/+=.-][A-Za-z0-9 :_@/+=.!-]{0,511}$/;

/** One tag is enough to narrow with; the others are looked at here. */
function filters({ prefix, tags }: ListRequest): Filter[] {
  const [tag, value] = Object.entries(tags)[0] ?? [];
  const wanted = [
    { Key: 'name', Values: [prefix] },
    { Key: 'tag-key', Values: [tag ?? ''] },
    { Key: 'tag-value', Values: [value ?? ''] },
  ] as const;
  return wanted
    .filter(({ Values }) => filterable.test(Values[0]))
    .map(({ Key, Values }) => ({ Key, Values: [...Values] }));
}

type Entry = NonNullable<ListSecretsCommandOutput['SecretList']>[number];

function nameOf({ Name, Tags = [] }: Entry, { prefix, tags }: ListRequest): readonly string[] {
  const hasTag = ([key, value]: readonly [string, string]) => Tags.some(tag => tag.Key === key && tag.Value === value);
  const fits = Name?.startsWith(prefix) && Object.entries(tags).every(hasTag);
  return Name !== undefined && fits ? [Name] : [];
}
